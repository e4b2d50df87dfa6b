package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// Genuine is [Edition] for the site reside, with the id and the hash of
// [ShownText] that an auditor looks for, and without a notice beside it.
func Genuine() consent.Edition {
	e := Edition("reside")
	shown := sha256.Sum256([]byte(ShownText))
	e.ID, e.Shown, e.Notice = "", hex.EncodeToString(shown[:]), consent.NoticeRef{}
	body, err := json.Marshal(e)
	if err != nil {
		panic(err) // a sample that has no JSON
	}
	e.ID = consent.EditionID(body)
	return e
}

// Chosen is the nth sample receipt of the [Genuine] edition, as of a time,
// with the commitment that fits it.
func Chosen(n int, at time.Time) consent.Stored {
	e, r := Genuine(), Receipt("reside", n)
	sub := r.Submission()
	sub.Edition, r.Edition, r.Time = e.ID, e.ID, at
	hash, err := evidence.EditionHash(e)
	if err == nil {
		r.Event, err = consent.Complete(sub, e)
	}
	if err == nil {
		r.Commitment, err = evidence.Commit(r.Salt, evidence.Record(r, hash))
	}
	if err != nil {
		panic(err) // a sample that does not fit its edition
	}
	return r
}
