package rights

// AcknowledgeByEmail reports whether an automatic e-mail may be sent to the
// person. It needs an address, given for replies. Wishes about safe contact are
// in the person's own words, which no program can obey: with any, e-mail goes
// only to those who chose it as the way to reply to them, and the rest have their
// acknowledgement on the screen.
func (r Request) AcknowledgeByEmail() bool {
	return r.Email != "" && (r.Reply == ByEmail || r.Safe == "")
}
