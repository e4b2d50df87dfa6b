// Package boottest holds the parts of the boot script to account that need a
// real document: the adoption of prerendered nodes by a mount that goes through
// the DOM as go-app does, and what counts as a message of the host page. It has
// tests only, and needs no server and no WebAssembly; package
// server/browsertest takes over the pages of the product itself.
package boottest
