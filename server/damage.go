package server

// MarkDamaged tells the server of damage that was found in its store, by an error that wraps fault.Damaged: it stores
// nothing more and is not ready, until it was started again on a store that was put right.
func (s *Server) MarkDamaged(err error) { s.note(err) }
