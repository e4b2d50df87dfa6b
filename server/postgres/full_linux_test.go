package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// fillUp adds receipts until one is refused, and returns how many went in and
// why no more did.
func fillUp(t *testing.T, s *postgres.Store, from int) (n int, err error) {
	for n = from; n < from+20_000; n++ {
		if _, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", n))); err != nil {
			return n, err
		}
	}
	require.Fail(t, "the volume never filled up")
	return n, nil
}

// TestAFullDisk fills the volume that the tables are on.
func TestAFullDisk(t *testing.T) {
	c, volume := pgtest.OwnOn(t, 32<<20, false)
	s := stocked(t, c.DatabaseOn(t))
	add(t, s, storetest.Receipt("reside", 0))
	integrate(t, s)
	require.NoError(t, s.Ready(t.Context()))
	volume.Fill(t)
	n, err := fillUp(t, s, 1)
	require.ErrorIs(t, err, fault.Unavailable)
	assert.ErrorContains(t, err, "the disk of the database is full (SQLSTATE 53100)")
	assert.NotContains(t, err.Error(), volume.Dir)
	err = s.Ready(t.Context())
	require.ErrorIs(t, err, fault.Unavailable, "although the row that it writes has its place already")
	assert.ErrorContains(t, err, "not writable: the disk of the database is full")

	volume.Empty(t)
	require.NoError(t, s.Ready(t.Context()))
	assert.Len(t, list(t, s, consent.ReceiptFilter{}), n, "finding that out stores nothing")
	add(t, s, storetest.Receipt("reside", n))
	assert.Len(t, list(t, s, consent.ReceiptFilter{}), n+1, "what was acknowledged, and nothing else")
}

// TestAFullDiskUnderTheWriteAheadLog fills the volume that PostgreSQL's own log
// is on, which stops PostgreSQL altogether.
func TestAFullDiskUnderTheWriteAheadLog(t *testing.T) {
	c, volume := pgtest.OwnOn(t, 80<<20, true)
	s := stocked(t, c.Database(t))
	add(t, s, storetest.Receipt("reside", 0))
	integrate(t, s)
	require.NoError(t, s.Ready(t.Context()))
	volume.Fill(t)
	n, err := fillUp(t, s, 1)
	require.ErrorIs(t, err, fault.Unavailable)
	require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)

	volume.Empty(t)
	require.NoError(t, c.Crash())
	require.NoError(t, c.Resume())
	assert.Eventually(t, func() bool { return s.Ready(t.Context()) == nil }, 10*time.Second, 10*time.Millisecond)
	add(t, s, storetest.Receipt("reside", n))
	assert.Len(t, list(t, s, consent.ReceiptFilter{}), n+1, "what was acknowledged, and nothing else")
}

// TestADumpOfTheDatabaseLeavesItReady holds every table as pg_dump does for as long as it takes.
func TestADumpOfTheDatabaseLeavesItReady(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	dump, err := raw(t, url).Begin(t.Context())
	require.NoError(t, err)
	defer dump.Rollback(t.Context())
	_, err = dump.Exec(t.Context(), `LOCK TABLE room, probe, receipts, requests IN ACCESS SHARE MODE`)
	require.NoError(t, err)
	require.NoError(t, s.Ready(t.Context()))
}
