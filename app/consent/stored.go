package consent

// Stored is a receipt as the store keeps it.
type Stored struct {
	Receipt
	// Token opens the receipt for whoever holds it: sealed, with 128 random
	// bits inside. It is returned to the device with the receipt's ID.
	Token string
	// Digest is the SHA-256 (hex) of the submission without its age, by which
	// a repeat is told from another event under the same id.
	Digest string
}

// ReceiptFilter selects receipts; the zero value selects all, oldest first.
type ReceiptFilter struct {
	Site   string // site id, or empty for all
	Entity string // id of the controller, or empty for all
	Limit  int    // at most so many, the newest; 0 for all
}
