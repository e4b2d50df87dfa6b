package evidence_test

import (
	"testing"

	"latchkey/app/evidence"
)

// What a receipt costs: once when it is stored, once when the log is verified.
func BenchmarkCommit(b *testing.B) {
	e := edition(nil)
	s := stored(b, e, 1, nil)
	hash, _ := evidence.EditionHash(e)
	for b.Loop() {
		evidence.Commit(s.Salt, evidence.Record(s, hash))
	}
}
