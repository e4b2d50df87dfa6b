// Package evidence is what makes a receipt hold in front of somebody who does
// not trust the one who keeps it: the exact bytes of what is recorded, a
// commitment to them that gives nothing away, and the proof that the commitment
// is part of a log whose state was signed (UK GDPR Art 7(1): the controller
// must be able to demonstrate that there was consent).
//
// The log is a Merkle tree as in RFC 9162, section 2.1. Its leaves hold only
// commitments: erasing an entry and its salt leaves a log that still verifies
// and says nothing about what was erased.
//
// The package needs nothing but the bytes handed to it, so that the same code
// verifies in the browser, on a command line and in the server.
package evidence
