package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// noPassword holds an error to not giving away the password.
func noPassword(t *testing.T, err error) {
	t.Helper()
	for _, form := range []string{pgtest.Password, url.QueryEscape(pgtest.Password), url.PathEscape(pgtest.Password), url.UserPassword("", pgtest.Password).String()[1:]} {
		assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err.Error()), form)
	}
}

func TestWhatCannotBeOpenedIsSaidWithoutThePassword(t *testing.T) {
	there := pgtest.Database(t)
	secret := url.UserPassword("latchkey", pgtest.Password).String()
	for _, c := range []struct {
		name, url string
		want      error
	}{
		{"another scheme", "mysql://" + secret + "@localhost/x", fault.Invalid},
		{"words instead of a URL", "host=localhost password=" + pgtest.Password, fault.Invalid},
		{"a port that is none", "postgres://" + secret + "@localhost:port/x", fault.Invalid},
		{"a port out of range", "postgres://" + secret + "@localhost:99999/x", fault.Invalid},
		{"a password with a stray percent sign", "postgres://latchkey:%zz" + pgtest.Password + "@localhost/x", fault.Invalid},
		{"a setting that does not exist", "postgres://" + secret + "@localhost/x?sslmode=perhaps", fault.Invalid},
		{"a number of connections that is none", "postgres://localhost/x?pool_max_conns=many&password=" + url.QueryEscape(pgtest.Password), fault.Invalid},
		{"nobody listens", "postgres://" + secret + "@127.0.0.1:1/x?sslmode=disable", fault.Unavailable},
		{"another password", strings.Replace(there, "latchkey:", "latchkey:x", 1), fault.Unavailable},
		{"a database that does not exist", strings.Replace(there, "/test_", "/nothing_", 1), nil},
		{"a setting that the server does not know", there + "&no_such_setting=" + url.QueryEscape(pgtest.Password), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), c.url)
			require.Error(t, err)
			if c.want != nil {
				assert.ErrorIs(t, err, c.want)
			}
			if c.name != "a setting that the server does not know" {
				noPassword(t, err)
			}
			_, err = postgres.OpenReader(t.Context(), c.url)
			require.Error(t, err)
		})
	}
}

func TestADatabaseThatLosesWhatItAcknowledgesIsRefused(t *testing.T) {
	c := pgtest.Own(t, "fsync=off")
	_, err := postgres.Open(t.Context(), c.Database(t))
	require.ErrorIs(t, err, fault.Invalid)
	assert.ErrorContains(t, err, "fsync=off")
}

// TestTroubleThatMayPass makes the database refuse writes in the ways in which
// a real one does, and ends the trouble again.
func TestTroubleThatMayPass(t *testing.T) {
	for _, c := range []struct {
		name       string
		begin, end string
	}{
		{"the disk is full",
			`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
			CREATE TRIGGER a_full BEFORE INSERT ON events EXECUTE FUNCTION full_disk();
			CREATE TRIGGER a_full BEFORE INSERT ON probe EXECUTE FUNCTION full_disk()`,
			`DROP FUNCTION full_disk CASCADE`},
		{"the database is read-only, as a standby is",
			`DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$`,
			`DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' RESET default_transaction_read_only'; END $$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := pgtest.Database(t)
			s := stocked(t, url)
			add(t, s, storetest.Receipt("reside", 1))
			exec(t, url, c.begin)
			cutOff(t, url)
			_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 2)))
			require.ErrorIs(t, err, fault.Unavailable)
			require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)
			exec(t, url+"&default_transaction_read_only=off", c.end)
			cutOff(t, url)
			assert.Eventually(t, func() bool { return s.Ready(t.Context()) == nil }, 10*time.Second, 10*time.Millisecond)
			add(t, s, storetest.Receipt("reside", 2))
		})
	}
}

// cutOff ends every other connection to a database and waits until they are gone.
func cutOff(t *testing.T, url string) {
	t.Helper()
	exec(t, url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	assert.Eventually(t, func() bool {
		return value[int64](t, url, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'latchkey'`) == 0
	}, 10*time.Second, 10*time.Millisecond)
}

func TestADamagedPageIsCalledDamaged(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	exec(t, url, `CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'invalid page in block 0' USING ERRCODE = 'data_corrupted'; END $$;
		CREATE TRIGGER a_damaged BEFORE INSERT ON events EXECUTE FUNCTION damaged()`)
	_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1)))
	require.ErrorIs(t, err, fault.Damaged)
	assert.NotErrorIs(t, err, fault.Unavailable)
}

// TestAPageThatTheDiskSpoiledIsCalledDamaged overwrites pages of the index that every choice goes
// through, while PostgreSQL is stopped, as a bad disk does.
func TestAPageThatTheDiskSpoiledIsCalledDamaged(t *testing.T) {
	c := pgtest.Own(t)
	at := c.Database(t)
	s := stocked(t, at)
	add(t, s, storetest.Receipt("reside", 1))
	file := value[string](t, at, `SELECT current_setting('data_directory') || '/' || pg_relation_filepath('events_pkey')`)
	require.NoError(t, c.Stop())
	info, err := os.Stat(file)
	require.NoError(t, err)
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.Write(bytes.Repeat([]byte{0xa5}, int(info.Size())))
	require.NoError(t, errors.Join(err, f.Close()))
	require.NoError(t, c.Resume())
	assert.Eventually(t, func() bool { return s.Ready(t.Context()) == nil }, 10*time.Second, 10*time.Millisecond)
	for range 2 {
		_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 2)))
		require.ErrorIs(t, err, fault.Damaged)
		assert.NotErrorIs(t, err, fault.Unavailable)
	}
	// Connections of before the stop say so, once each.
	assert.Eventually(t, func() bool {
		_, err = s.Receipt(t.Context(), storetest.Receipt("reside", 2).ID)
		return !errors.Is(err, fault.Unavailable)
	}, 10*time.Second, 10*time.Millisecond)
	assert.ErrorIs(t, err, fault.NotFound, "nothing is stored")
}

func TestTooManyConnections(t *testing.T) {
	c := pgtest.Own(t, "max_connections=5", "superuser_reserved_connections=0", "max_wal_senders=0")
	at := c.Database(t)
	s := stocked(t, at)
	require.NoError(t, s.Close())

	s, err := postgres.Open(t.Context(), at)
	require.NoError(t, err)
	exec(t, at, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
	var held []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), at)
		if err != nil {
			break
		}
		held = append(held, conn)
	}
	_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1)))
	require.ErrorIs(t, err, fault.Unavailable)
	require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)
	noPassword(t, err)
	for _, conn := range held {
		require.NoError(t, conn.Close(t.Context()))
	}
	require.NoError(t, s.Close())
}

// TestACrashLosesNothingAcknowledged crashes the database in the middle of a
// load, several times, and finds everything that was acknowledged, once.
func TestACrashLosesNothingAcknowledged(t *testing.T) {
	c := pgtest.Own(t)
	at := c.Database(t)
	stores := []*postgres.Store{stocked(t, at), open(t, at)}
	var mu sync.Mutex
	acknowledged := map[string]string{} // receipt by its event
	next := 0
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				next++
				r := storetest.Receipt("reside", next)
				mu.Unlock()
				for ctx.Err() == nil {
					stored, _, err := stores[w%2].AddReceipt(t.Context(), &r)
					if err == nil {
						mu.Lock()
						acknowledged[r.Event.ID] = stored.ID
						mu.Unlock()
						break
					}
					assert.ErrorIs(t, err, fault.Unavailable)
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := stores[w%2].Extend(t.Context(), 50, plain); err != nil {
					assert.ErrorIs(t, err, fault.Unavailable)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	for round := range 3 {
		assert.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) > 100*(round+1)
		}, time.Minute, 10*time.Millisecond)
		require.NoError(t, c.Crash())
		require.ErrorIs(t, stores[0].Ready(t.Context()), fault.Unavailable)
		require.NoError(t, c.Resume())
	}
	stop()
	wg.Wait()
	require.NoError(t, stores[0].Ready(t.Context()), "it comes back of itself")

	integrate(t, stores[0])
	found := map[string]string{}
	for r, err := range stores[0].Receipts(t.Context(), consent.ReceiptFilter{}) {
		require.NoError(t, err)
		require.NotContains(t, found, r.Event.ID)
		found[r.Event.ID] = r.ID
		_, err := stores[0].Index(t.Context(), r.ID)
		require.NoError(t, err)
	}
	for event, receipt := range acknowledged {
		require.Equal(t, receipt, found[event], "it was acknowledged")
	}
	held, err := stores[0].Commitments(t.Context(), 0, 2*len(found))
	require.NoError(t, err)
	assert.Len(t, held, len(found))
	t.Logf("%d acknowledged, %d found", len(acknowledged), len(found))
}

func TestARestartOfTheDatabaseIsNotNoticed(t *testing.T) {
	c := pgtest.Own(t)
	s := stocked(t, c.Database(t))
	add(t, s, storetest.Receipt("reside", 1))
	require.NoError(t, c.Stop())
	require.NoError(t, c.Resume())
	add(t, s, storetest.Receipt("reside", 2)) // over connections that were cut
	again, created, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 2)))
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, storetest.Receipt("reside", 2), *again)
}

// TestAServerOnAStandbyStoresNothing makes a standby of the database under a
// running store, as a failover does to those whose address still leads to the old one.
func TestAServerOnAStandbyStoresNothing(t *testing.T) {
	c := pgtest.Own(t)
	at := c.Database(t)
	s := stocked(t, at)
	add(t, s, storetest.Receipt("reside", 1))
	require.NoError(t, c.Demote())
	r := storetest.Receipt("reside", 2)
	_, _, err := s.AddReceipt(t.Context(), &r)
	require.ErrorIs(t, err, fault.Unavailable)
	assert.ErrorContains(t, err, "the database is read-only (SQLSTATE 25006)")
	err = s.Ready(t.Context())
	require.ErrorIs(t, err, fault.Unavailable)
	assert.ErrorContains(t, err, "not writable: the database is read-only")
	assert.Eventually(t, func() bool {
		_, err := s.Receipt(t.Context(), storetest.Receipt("reside", 1).ID)
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "what is stored can be read")

	require.True(t, value[bool](t, at, `SELECT pg_promote()`))
	assert.Eventually(t, func() bool { return s.Ready(t.Context()) == nil }, 10*time.Second, 10*time.Millisecond, "it comes back of itself")
	add(t, s, storetest.Receipt("reside", 2))
}
