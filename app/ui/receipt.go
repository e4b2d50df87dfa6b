package ui

import "latchkey/app/consent"

// ReceiptView is what the receipt page shows: one receipt, or the form that
// asks for a receipt code.
type ReceiptView struct {
	// Receipt is the receipt found, or nil.
	Receipt *consent.Receipt `json:"receipt,omitempty"`
	// Code is what was typed or sent: RECEIPTID.TOKEN.
	Code string `json:"code,omitempty"`
	// Wrong is the key of the message that says what is wrong with Code:
	// [ReceiptMissing], [ReceiptUnknown], or empty.
	Wrong string `json:"wrong,omitempty"`
	// Purposes are the names of the purposes as they were when shown, by
	// position in Receipt.Event.Purposes; an empty one stands as its id.
	Purposes []string `json:"purposes,omitempty"`
	// Shown is the text that was on the screen, as kept under Event.Shown.
	Shown string `json:"shown,omitempty"`
	// Notice is the page of the notice version named on the receipt, or empty.
	Notice string `json:"notice,omitempty"`
}

// What can be wrong with a receipt code.
const (
	ReceiptMissing = "receipt.error.missing" // nothing was typed
	ReceiptUnknown = "receipt.error.unknown" // no such receipt, or not with that token
)
