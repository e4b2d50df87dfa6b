package audit

import (
	"context"
	"iter"
	"time"

	"latchkey/app/consent"
)

// Store is the log with all that stands behind it, as it lies in a database:
// nothing is mended, completed or left out.
type Store interface {
	// Head returns how many entries are leaves, and the signed checkpoint of that
	// size; [fault.NotFound] before the first.
	Head(ctx context.Context) (size int64, checkpoint string, err error)
	// Tile returns the hashes of a tile as far as it has grown.
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
	// Entries returns what is there of the entries of the n leaves from first on, in
	// order, whether or not they are leaves yet.
	Entries(ctx context.Context, first int64, n int) ([]Entry, error)
	// Last returns the index of the last entry; -1 if there is none.
	Last(ctx context.Context) (int64, error)

	Editions(ctx context.Context) iter.Seq2[Edition, error]
	Texts(ctx context.Context) iter.Seq2[Text, error]
	Notices(ctx context.Context) iter.Seq2[Notice, error]
}

// Snapshot is a Store as it is at one moment. It is read by one goroutine.
type Snapshot interface {
	Store
	Close() error
}

// Entry is what one leaf commits to: a receipt, an act upon receipts, or
// nothing but the commitment, once it has been erased.
type Entry struct {
	Index      int64
	Commitment []byte
	Salt       []byte // nil once erased
	// Of a receipt.
	Receipt string             // id
	Time    time.Time          //
	Edition int64              // Edition.Key
	Choice  consent.Submission // without Site and Edition, which are the edition's
	Sender  []byte             // see [consent.Stored]; no part of the commitment, and for a copy alone
	// Act is the JSON of an [evidence.Entry] of any other kind.
	Act []byte
	// Bad says why the row can't be read as an entry.
	Bad error
}

// erased reports whether nothing is left but the commitment.
func (e Entry) erased() bool {
	return e.Bad == nil && e.Salt == nil && e.Receipt == "" && e.Act == nil
}

// Edition is a row of an edition: what is searched for, and the JSON of the [consent.Edition].
type Edition struct {
	Key             int64
	ID, Site, Shown string
	Body            []byte
}

// Text is a text that was shown, under its hash.
type Text struct{ Hash, Text string }

// Notice is a version of a notice, as it was published.
type Notice struct {
	Group, ID, Version, Language string
	Effective                    time.Time
	Hash                         string
	Source                       []byte
}

// ofStore reads the log of a store.
type ofStore struct {
	Store
	head int64 // number of leaves, by the row that the checkpoint stood in
}

func (s *ofStore) Checkpoint(ctx context.Context) (string, error) {
	size, text, err := s.Head(ctx)
	s.head = size
	return text, err
}

func (s *ofStore) Tile(ctx context.Context, level int, n int64, _ int) ([]byte, error) {
	return s.Store.Tile(ctx, level, n)
}

// Commitments returns what leaves hold, without the rest of their entries.
func (s *ofStore) Commitments(ctx context.Context, first int64, n int) ([][]byte, error) {
	entries, err := s.Entries(ctx, first, n)
	held := make([][]byte, n)
	for _, e := range entries {
		if at := e.Index - first; at >= 0 && at < int64(n) {
			held[at] = e.Commitment
		}
	}
	return held, err
}
