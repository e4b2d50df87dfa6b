package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/storetest"
)

// scattered stores receipts in one transaction whose ids are as random as in service, and the same in every run.
func scattered(t *testing.T, s *Store, n int) []consent.Stored {
	t.Helper()
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	random := rand.New(rand.NewPCG(1, 2))
	id := func() string {
		var u uuid.UUID
		for i := range u {
			u[i] = byte(random.Uint32())
		}
		return u.String()
	}
	var receipts []consent.Stored
	require.NoError(t, s.writer.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		receipts = nil
		for i := range n {
			r := storetest.Receipt("reside", i)
			r.ID, r.Event.ID, r.Event.Previous = id(), id(), ""
			storetest.Commit(&r)
			row, err := s.newRow(ctx, &r)
			if err != nil {
				return err
			}
			if _, err := row.insert(ctx, s.writer.inserting); err != nil {
				return err
			}
			receipts = append(receipts, r)
		}
		return nil
	}))
	return receipts
}

// traces are the bytes by which a receipt could be known.
func traces(r consent.Stored) map[string][]byte {
	id, event := uuid.MustParse(r.ID), uuid.MustParse(r.Event.ID)
	return map[string][]byte{
		"id": id[:], "event": event[:], "id in words": []byte(r.ID), "event in words": []byte(r.Event.ID), "salt": r.Salt,
	}
}

// assertGone looks for what is left of receipts in every file of a folder.
func assertGone(t *testing.T, dir string, receipts ...consent.Stored) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		for _, r := range receipts {
			for what, trace := range traces(r) {
				assert.False(t, bytes.Contains(b, trace), "%s of receipt %s is in %s", what, r.ID, f.Name())
			}
		}
	}
}

// moved are the receipts whose event stands in the unused room of a page, because SQLite has moved it to another.
func moved(t *testing.T, s *Store, receipts []consent.Stored) []consent.Stored {
	t.Helper()
	of := map[uuid.UUID]consent.Stored{}
	for _, r := range receipts {
		of[uuid.MustParse(r.Event.ID)] = r
	}
	rs, err := s.db.QueryContext(t.Context(), `SELECT pgno, data FROM sqlite_dbpage`)
	require.NoError(t, err)
	defer rs.Close()
	var found []consent.Stored
	for rs.Next() {
		var number int64
		var page []byte
		require.NoError(t, rs.Scan(&number, &page))
		room := unused(number, page)
		for i := range max(0, len(room)-len(uuid.UUID{})+1) {
			if r, ok := of[uuid.UUID(room[i:i+len(uuid.UUID{})])]; ok {
				found = append(found, r)
			}
		}
	}
	require.NoError(t, rs.Err())
	return found
}

func TestWhatIsErasedIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, FileName))
	require.NoError(t, err)
	defer s.Close()
	receipts := scattered(t, s, 30_000)
	_, err = checkpoint(t.Context(), s.db, "PASSIVE")
	require.NoError(t, err)
	split := moved(t, s, receipts)
	require.NotEmpty(t, split, "the case is there")
	gone := append(split[:min(10, len(split))], receipts[:10]...)
	for _, r := range gone {
		n, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{r.ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	assertGone(t, dir, gone...)
	require.NoError(t, s.Check(t.Context()))
	kept, err := s.Receipt(t.Context(), receipts[25].ID)
	require.NoError(t, err)
	assert.Equal(t, receipts[25], kept)
}

func TestAReaderHoldsScrubbingBackAndNobodyElse(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, FileName))
	require.NoError(t, err)
	defer s.Close()
	receipts := scattered(t, s, 3000)
	gone := receipts[7]
	for _, err := range s.Receipts(t.Context(), consent.ReceiptFilter{}) { // an export, say
		require.NoError(t, err)
		_, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{gone.ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
		require.NoError(t, err)
		require.ErrorIs(t, s.Scrub(t.Context(), time.Second), fault.Unavailable)
		_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 4000)))
		require.NoError(t, err)
		break
	}
	require.NoError(t, s.Scrub(t.Context(), time.Second))
	assertGone(t, dir, gone)
}

func TestWhatAKilledProcessHasLeftIsScrubbedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, FileName))
	require.NoError(t, err)
	defer s.Close()
	receipts := scattered(t, s, 3000)
	purge := evidence.Entry{Kind: evidence.Purged, Time: storetest.Start, Site: "reside", Before: &storetest.Start}
	_, err = s.Erase(t.Context(), evidence.Erasure{Receipts: []string{receipts[7].ID}, Reason: evidence.ByRetention, Time: storetest.Start, Purge: &purge})
	require.NoError(t, err)
	killed := t.TempDir() // what the disk has if it dies now
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	wal, err := os.ReadFile(filepath.Join(killed, FileName+"-wal"))
	require.NoError(t, err)
	require.True(t, bytes.Contains(wal, traces(receipts[7])["event"]), "the case is there")

	again, err := Open(t.Context(), filepath.Join(killed, FileName))
	require.NoError(t, err)
	defer again.Close()
	assertGone(t, killed, receipts[7])
}

func TestOnlyWhatIsUnusedIsOverwritten(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int64
		page   []byte
		want   string // what of the page is unused
	}{
		{"a leaf", 2, []byte("\x0d\x00\x00\x00\x01\x00\x0e\x00\x00\x0e--ab"), "--ab"},
		{"a leaf of an index", 2, []byte("\x0a\x00\x00\x00\x01\x00\x0c\x00\x00\x0e--ab"), "--"},
		{"an interior page, whose pointers begin later", 2, []byte("\x05\x00\x00\x00\x01\x00\x10\x00\x00\x00\x00\x09\x00\x10--ab"), "--"},
		{"one that is full", 2, []byte("\x0d\x00\x00\x00\x02\x00\x0c\x00\x00\x0e\x00\x0cab"), ""},
		{"what overflows another page", 2, []byte("\x00\x00\x00\x07\x00\x01\x00\x0c----abcd"), ""},
		{"one whose cells begin behind its end", 2, []byte("\x0d\x00\x00\x00\x01\xff\xff\x00\x00\x0e--ab"), ""},
		{"one whose pointers run into its cells", 2, []byte("\x0d\x00\x00\x00\x09\x00\x0c\x00\x00\x0e--ab"), ""},
		{"the first page has the file's header before it", 1, append(make([]byte, fileHeader), []byte("\x0d\x00\x00\x00\x01\x00\x70\x00\x00\x70--ab")...), "--"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, string(unused(c.number, c.page)))
		})
	}
}
