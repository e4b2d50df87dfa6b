package postgres_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// scattered stores receipts whose ids are as random as in service, in two months.
func scattered(t *testing.T, s *postgres.Store, n int) []consent.Stored {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	id := func() string {
		var u uuid.UUID
		for i := range u {
			u[i] = byte(random.Uint32())
		}
		return u.String()
	}
	receipts := make([]consent.Stored, n)
	var wg sync.WaitGroup
	for i := range receipts {
		r := storetest.Receipt("reside", i)
		r.ID, r.Event.ID, r.Event.Previous, r.Sender = id(), id(), "", consent.SenderOf(fmt.Sprint(i))
		r.Time = storetest.Start.AddDate(0, i%2, 0)
		storetest.Commit(&r)
		receipts[i] = r
		wg.Go(func() { add(t, s, r) })
	}
	wg.Wait()
	return receipts
}

// traces are the bytes by which a receipt could be known.
func traces(r consent.Stored) map[string][]byte {
	id, event := uuid.MustParse(r.ID), uuid.MustParse(r.Event.ID)
	return map[string][]byte{
		"id": id[:], "event": event[:], "id in words": []byte(r.ID), "event in words": []byte(r.Event.ID),
		"id in hexadecimal": []byte(hex.EncodeToString(id[:])), "salt": r.Salt,
	}
}

// remains lists what is left of receipts in the files of a cluster.
func remains(t *testing.T, c *pgtest.Cluster, receipts ...consent.Stored) (found []string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(c.Folder(), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a file may go meanwhile
			return nil
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		files++
		for _, r := range receipts {
			for what, trace := range traces(r) {
				if bytes.Contains(b, trace) {
					name, _ := filepath.Rel(c.Folder(), path)
					found = append(found, fmt.Sprintf("%s of receipt %s is in %s", what, r.ID, name))
				}
			}
		}
		return nil
	}))
	require.Greater(t, files, 100)
	return found
}

// sampled are the receipts whose id or event stands among the values that ANALYZE has kept.
func sampled(t *testing.T, url string, receipts []consent.Stored) (found []consent.Stored) {
	t.Helper()
	kept := value[string](t, url, `SELECT string_agg(histogram_bounds::text, ' ') FROM pg_stats WHERE attname IN ('id', 'event')`)
	for _, r := range receipts {
		if strings.Contains(kept, r.ID) || strings.Contains(kept, r.Event.ID) {
			found = append(found, r)
		}
	}
	return found
}

// settled are the settings that the documentation asks for.
var settled = []string{"wal_recycle=off"}

func TestWhatIsErasedIsInNoFileOfTheDatabase(t *testing.T) {
	c := pgtest.Own(t, settled...)
	url := c.Database(t)
	s := stocked(t, url)
	receipts := scattered(t, s, 600)
	integrate(t, s)
	exec(t, url, `ANALYZE`) // as PostgreSQL does of itself, now and then
	exec(t, url, `CHECKPOINT`)
	known := sampled(t, url, receipts)
	require.NotEmpty(t, known, "the case is there")
	gone := append(receipts[10:30:30], known[:5]...)
	require.NotEmpty(t, remains(t, c, gone...), "they are looked for in the right place")
	for _, r := range gone {
		_, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{r.ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
		require.NoError(t, err)
	}
	for i := range 200 {
		add(t, s, storetest.Receipt("reside", 5000+i))
	}
	integrate(t, s)
	assert.NotEmpty(t, remains(t, c, gone...), "DELETE alone leaves them")
	require.NoError(t, s.Scrub(t.Context(), time.Second))
	assert.Empty(t, remains(t, c, gone...))
	require.NoError(t, s.Scrub(t.Context(), 8*time.Second), "nothing is left to do")
	assert.Zero(t, value[int](t, url, `SELECT count(*) FROM scrubs`))

	kept, err := s.Receipt(t.Context(), receipts[100].ID)
	require.NoError(t, err)
	want := receipts[100]
	want.Sender = nil
	assert.Equal(t, want, kept)
	require.NoError(t, c.Crash())
	require.NoError(t, c.Resume())
	assert.Empty(t, remains(t, c, gone...), "nor does a crash bring them back")
}

func TestScrubbingWaitsForWhoStillSeesWhatWasErased(t *testing.T) {
	c := pgtest.Own(t, settled...)
	url := c.Database(t)
	s := stocked(t, url)
	gone := scattered(t, s, 50)[7]
	integrate(t, s)
	reader, err := raw(t, url).Begin(t.Context())
	require.NoError(t, err)
	_, err = reader.Exec(t.Context(), `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`)
	require.NoError(t, err)
	_, err = reader.Exec(t.Context(), `SELECT count(*) FROM log_head`)
	require.NoError(t, err)
	_, err = s.Erase(t.Context(), evidence.Erasure{Receipts: []string{gone.ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
	require.NoError(t, err)

	began := time.Now()
	err = s.Scrub(t.Context(), time.Second)
	require.ErrorIs(t, err, fault.Unavailable)
	assert.ErrorContains(t, err, "as it was before")
	assert.Less(t, time.Since(began), 30*time.Second)
	add(t, s, storetest.Receipt("reside", 4000))
	require.NoError(t, reader.Rollback(context.Background()))
	require.NoError(t, s.Scrub(t.Context(), time.Second))
	assert.Empty(t, remains(t, c, gone))
}

// TestWhatCanNotBeScrubbedIsSaid runs a server whose role may do nothing but own its tables, on a
// database that is set up as it comes.
func TestWhatCanNotBeScrubbedIsSaid(t *testing.T) {
	c := pgtest.Own(t)
	url := c.Database(t)
	exec(t, url, `CREATE ROLE modest LOGIN PASSWORD 'modest'; GRANT ALL ON SCHEMA public TO modest`)
	s := stocked(t, strings.Replace(url, url[strings.Index(url, "//")+2:strings.LastIndex(url, "@")], "modest:modest", 1))
	gone := scattered(t, s, 50)[7]
	integrate(t, s)
	erase := func() {
		t.Helper()
		_, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{gone.ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
		require.NoError(t, err)
	}
	erase()
	err := s.Scrub(t.Context(), 8*time.Second)
	require.ErrorIs(t, err, fault.Unavailable)
	assert.ErrorContains(t, err, "does not own the database")
	exec(t, url, `ALTER DATABASE `+value[string](t, url, `SELECT current_database()`)+` OWNER TO modest`)
	err = s.Scrub(t.Context(), 8*time.Second)
	assert.ErrorContains(t, err, "set wal_recycle=off")

	exec(t, url, `ALTER SYSTEM SET wal_recycle = off`)
	exec(t, url, `SELECT pg_reload_conf()`)
	until(t, func() bool { return value[string](t, url, `SHOW wal_recycle`) == "off" })
	err = s.Scrub(t.Context(), 8*time.Second)
	assert.ErrorContains(t, err, "GRANT pg_checkpoint")
	// The log goes on by itself.
	exec(t, url, `SELECT pg_switch_wal()`)
	exec(t, url, `CHECKPOINT`)
	require.NoError(t, s.Scrub(t.Context(), 8*time.Second))
	assert.Empty(t, remains(t, c, gone))

	exec(t, url, `GRANT pg_checkpoint TO modest; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO modest`)
	gone = storetest.Receipt("reside", 4000)
	gone.Event.ID = uuid.NewString()
	add(t, s, gone)
	erase()
	require.NoError(t, s.Scrub(t.Context(), time.Second), "with these rights it is done at once")
	assert.Empty(t, remains(t, c, gone))
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 10*time.Second, 10*time.Millisecond)
}
