package ui

// ReceiptView is what the receipt page shows.
type ReceiptView struct{}
