package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// origin is the name of the log.
const origin = "log.example.org"

// signer returns a signer of the log and its public key, from a seed of one byte.
func signer(t testing.TB, name string, seed byte) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(constant(seed), name)
	require.NoError(t, err)
	s, err := note.NewSigner(private)
	require.NoError(t, err)
	return s, public
}

// constant reads as the same byte for ever, so that a key is the same each time.
type constant byte

func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}

// shown is a text that JSON escapes in more than one way.
const shown = "Cookies on this website\nWe’d like to use some <really> & “more”.\tDiolch yn fawr! \U0001F36A"

func edition(change func(*consent.Edition)) consent.Edition {
	e := consent.Edition{
		ID: "pQ8sW2dF6hJ1kLzX5cV9bA", Site: "reside", Layer: 2, Language: "cy", Shown: sum(shown),
		Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association Limited", ICO: "Z8893471", Contact: "0333 320 4555, dataprotection@example.org"},
		Purposes: []consent.Purpose{
			{ID: consent.Necessary, Basis: consent.Essential},
			{ID: consent.Statistics, Basis: consent.StatisticsExempt},
			{ID: consent.Marketing, Basis: consent.ByConsent},
		},
		Revision: "4f2c9a1b", Notice: consent.NoticeRef{ID: "reside", Version: "2026-10-01", Hash: sum("notice")}, Config: sum("config"), Loader: "1.4.2",
	}
	if change != nil {
		change(&e)
	}
	return e
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

func stored(t testing.TB, e consent.Edition, n int, change func(*consent.Submission)) consent.Stored {
	t.Helper()
	s := consent.Submission{
		Event: fmt.Sprintf("0b0c2a1e-5f0a-4d3c-9b8a-%012d", n), Site: e.Site, Edition: e.ID,
		Answers: map[consent.PurposeID]consent.Answer{consent.Statistics: consent.No, consent.Marketing: consent.Yes},
		Method:  consent.Save, GPC: true, Previous: "11111111-2222-4333-8444-555555555555", Age: 3,
	}
	if change != nil {
		change(&s)
	}
	event, err := consent.Complete(s, e)
	require.NoError(t, err)
	out := consent.Stored{
		Receipt: consent.Receipt{
			ID:    fmt.Sprintf("6f1c0b1e-2a58-4a0e-9a5e-%012d", n),
			Time:  time.Date(2026, 11, 23, 10, 15, 30, 120e6, time.UTC).Add(time.Duration(n) * time.Second),
			Event: event,
		},
		Edition: e.ID, Salt: fmt.Appendf(nil, "salt of leaf %03d", n),
	}
	hash, err := evidence.EditionHash(e)
	require.NoError(t, err)
	out.Commitment, err = evidence.Commit(out.Salt, evidence.Record(out, hash))
	require.NoError(t, err)
	return out
}

// log is a whole log in memory: what its leaves hold.
type log struct{ commitments [][]byte }

// proof proves leaf n in a tree of all leaves, signed by each signer.
func (l log) proof(t testing.TB, n int64, by ...note.Signer) *evidence.Proof {
	t.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, c := range l.commitments {
		more, err := tlog.StoredHashes(int64(i), c, reader)
		require.NoError(t, err)
		hashes = append(hashes, more...)
	}
	size := int64(len(l.commitments))
	root, err := tlog.TreeHash(size, reader)
	require.NoError(t, err)
	path, err := tlog.ProveRecord(size, n, reader)
	require.NoError(t, err)
	p := &evidence.Proof{Index: n, Path: [][]byte{}}
	for _, h := range path {
		p.Path = append(p.Path, h[:])
	}
	for _, s := range by {
		signed, err := evidence.Checkpoint{Origin: s.Name(), Size: size, Root: root}.Sign(s)
		require.NoError(t, err)
		text, line, _ := strings.Cut(signed, "\n\n")
		if p.Checkpoint == "" {
			p.Checkpoint = text + "\n\n"
		}
		p.Checkpoint += line
	}
	return p
}

// genuine returns a receipt file with its proof in a log of seven leaves, and the log's key.
func genuine(t testing.TB) (file []byte, key string) {
	t.Helper()
	s, key := signer(t, origin, 1)
	e := edition(nil)
	var l log
	for n := range 7 {
		l.commitments = append(l.commitments, stored(t, e, n, nil).Commitment)
	}
	return write(t, stored(t, e, 4, nil), e, l.proof(t, 4, s)), key
}

func write(t testing.TB, s consent.Stored, e consent.Edition, p *evidence.Proof) []byte {
	t.Helper()
	f, err := evidence.NewFile(s, e, shown, p)
	require.NoError(t, err)
	b, err := f.Bytes()
	require.NoError(t, err)
	return b
}
