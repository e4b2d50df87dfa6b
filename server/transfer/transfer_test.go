package transfer_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/storetest"
	"latchkey/server/transfer"
)

// notCarried are the tables that a move leaves alone, and why.
var notCarried = map[string]string{
	"goose_db_version": "each store has its own migrations",
	"sqlite_sequence":  "SQLite's own, of goose_db_version",
	"probe":            "says nothing about anybody",
	"moving":           "says that the database is being moved",
	"last_purge":       "is found anew from what is stored",
	"room":             "is filled to see whether there is room",
	"scrubs":           "is about the files of the database",
}

// TestEverythingArrives moves a deployment that has something in every table
// from SQLite to PostgreSQL and back again. A table that was added since, and that a move does
// not carry, is either empty here or in the end.
func TestEverythingArrives(t *testing.T) {
	first, second, third := kinds["SQLite"](t), kinds["PostgreSQL"](t), kinds["SQLite"](t)
	d := deploy(t, first)
	require.NoError(t, d.store.Close())
	want := transfer.Counts{Entries: 304, Texts: 1, Editions: 1, Notices: 1, Requests: 4, Messages: 4, Audit: 16}

	result, err := d.move(t, t.Context(), second, d.options(true))
	require.NoError(t, err)
	assert.Equal(t, want, result.Counts)
	assert.EqualValues(t, 304, result.Copied)
	assert.EqualValues(t, 292, result.Report.Checkpoint.Size)
	assert.EqualValues(t, 296, result.Report.Receipts)
	assert.EqualValues(t, 4, result.Report.Erased)
	assert.EqualValues(t, 12, result.Report.Pending)
	for _, table := range second.tables(t) {
		if notCarried[table] != "" || table == "log_pending" { // what waits has its place among the leaves already
			continue
		}
		assert.NotEmpty(t, second.rows(t, table), "table %s of PostgreSQL is empty", table)
	}
	back := &deployment{place: second, keys: d.keys, audit: d.audit}
	result, err = back.move(t, t.Context(), third, d.options(true))
	require.NoError(t, err)
	assert.Equal(t, want, result.Counts)

	for _, table := range first.tables(t) {
		if notCarried[table] != "" {
			continue
		}
		assert.NotEmpty(t, first.rows(t, table), "table %s has nothing in it; store something in it in deploy", table)
		assert.Equal(t, first.rows(t, table), third.rows(t, table), "table %s", table)
	}
	for _, left := range []place{first, second} {
		_, err := left.serve(t.Context())
		require.ErrorIs(t, err, fault.Conflict, "two servers must not go on from one log")
		assert.ErrorContains(t, err, `has moved what is in it elsewhere`)
	}
	require.NoError(t, first.origin().Return(t.Context()))
	store, err := first.serve(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Close())
}

// TestAMovedDeploymentGoesOn serves from the target what it served before, and stores more there.
func TestAMovedDeploymentGoesOn(t *testing.T) {
	for name, from := range kinds {
		for other, to := range kinds {
			t.Run(name+" to "+other, func(t *testing.T) {
				d := deploy(t, from(t))
				require.NoError(t, d.store.Close())
				target := to(t)
				_, err := d.move(t, t.Context(), target, d.options(true))
				require.NoError(t, err)

				d.place = target
				d.start(t)
				receipt, err := d.store.Receipt(t.Context(), storetest.Receipt("", 17).ID)
				require.NoError(t, err)
				assert.Equal(t, storetest.Chosen(17, storetest.Start), receipt)
				_, created, err := d.store.AddReceipt(t.Context(), &receipt)
				require.NoError(t, err)
				assert.False(t, created, "an event is still stored once")
				d.receipts(t, 5)
				d.erase(t, 20, 293, 301)
				d.request(t, 2)
				require.NoError(t, d.log.Integrate(t.Context()))
				var references []string
				for r, err := range d.store.Requests(t.Context(), rights.Filter{Entity: "reside"}) {
					require.NoError(t, err)
					references = append(references, r.Reference)
				}
				assert.Equal(t, []string{"LK-TEST-0001", "LK-TEST-0002", "LK-TEST-0100", "LK-TEST-0101", "LK-TEST-0102"}, references)
				messages, err := d.store.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
				require.NoError(t, err)
				assert.Len(t, messages, 5, "one was sent before, and two requests were erased")
				require.NoError(t, d.asked.Integrate(t.Context()))
				d.verifyRequests(t)
				report := d.verify(t)
				assert.Empty(t, report.Problems)
				assert.EqualValues(t, 298, report.Receipts)
				assert.EqualValues(t, 312, report.Checkpoint.Size)
			})
		}
	}
}

// verify checks the deployment's log and what is behind it.
func (d *deployment) verify(t *testing.T) *audit.Report {
	t.Helper()
	report, err := audit.Whole(t.Context(), d.store.(interface{ Audit() audit.Store }).Audit(), audit.Options{Keys: d.keys.Public})
	require.NoError(t, err)
	return report
}

// TestADeploymentIsMovedWhileItServes stores, erases and delivers while the
// first copy runs and after it, and catches up until the last copy is final.
func TestADeploymentIsMovedWhileItServes(t *testing.T) {
	for name, from := range kinds {
		for other, to := range kinds {
			if name == other {
				continue
			}
			t.Run(name+" to "+other, func(t *testing.T) {
				d, target := deploy(t, from(t)), to(t)
				busy := false
				o := d.options(false)
				o.Progress = func(step transfer.Step, _, _ int64) {
					if step != transfer.Copying || busy {
						return
					}
					busy = true
					d.receipts(t, 50)
					d.erase(t, 30, 291, 305)
					require.NoError(t, d.log.Integrate(t.Context()))
					d.receipts(t, 3)
				}
				result, err := d.move(t, t.Context(), target, o)
				require.NoError(t, err)
				assert.True(t, busy)
				assert.EqualValues(t, 292, result.Copied, "what was in the log when it began")
				assert.EqualValues(t, 304, result.Entries)
				_, err = target.serve(t.Context())
				require.ErrorIs(t, err, fault.Conflict)
				assert.ErrorContains(t, err, "--finish")

				d.erase(t, 31, 306) // which was copied, and which was not
				d.forget(t, 1, 101)
				require.NoError(t, d.asked.Integrate(t.Context()))
				messages, err := d.store.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
				require.NoError(t, err)
				require.Empty(t, messages)
				d.request(t, 2)
				messages, err = d.store.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
				require.NoError(t, err)
				require.NoError(t, d.store.MessageSent(t.Context(), messages[0].ID, storetest.Start))
				result, err = d.move(t, t.Context(), target, d.options(false))
				require.NoError(t, err)
				assert.EqualValues(t, 65, result.Copied)

				d.receipts(t, 2)
				require.NoError(t, d.store.Close())
				result, err = d.move(t, t.Context(), target, d.options(true))
				require.NoError(t, err)
				assert.EqualValues(t, 364, result.Entries)
				assert.EqualValues(t, 7, result.Copied)

				d.place = target
				d.start(t)
				require.NoError(t, d.log.Integrate(t.Context()))
				report := d.verify(t)
				assert.Empty(t, report.Problems)
				assert.EqualValues(t, 364, report.Checkpoint.Size)
				assert.EqualValues(t, 9, report.Erased)
				asked := d.verifyRequests(t)
				assert.EqualValues(t, 5+3+3+3, asked.Erased)
				require.NoError(t, d.asked.Integrate(t.Context()))
				d.verifyRequests(t)
				for _, n := range []int{5, 7, 30, 31, 288, 291, 292, 305, 306} {
					_, err := d.store.Receipt(t.Context(), storetest.Receipt("", n).ID)
					require.ErrorIs(t, err, fault.NotFound, "receipt %d was erased", n)
				}
			})
		}
	}
}

// TestAnInterruptedMoveIsGoneOnWith ends a move at each point at which it
// says how far it is.
func TestAnInterruptedMoveIsGoneOnWith(t *testing.T) {
	for name, to := range kinds {
		t.Run("to "+name, func(t *testing.T) {
			d, target := deploy(t, kinds["SQLite"](t)), to(t)
			d.receipts(t, 9000)
			require.NoError(t, d.log.Integrate(t.Context()))
			d.receipts(t, 3)
			require.NoError(t, d.store.Close())
			for point := 1; ; point++ {
				require.Less(t, point, 20)
				ctx, interrupt := context.WithCancel(t.Context())
				o, said := d.options(true), 0
				o.Progress = func(transfer.Step, int64, int64) {
					if said++; said == point {
						interrupt()
					}
				}
				result, err := d.move(t, ctx, target, o)
				interrupt()
				if said < point {
					require.NoError(t, err)
					assert.EqualValues(t, 9307, result.Entries)
					assert.Zero(t, result.Copied, "the runs before have copied it")
					assert.Greater(t, point, 3)
					break
				}
				require.ErrorIs(t, err, context.Canceled, "point %d", point)
				_, err = target.serve(t.Context())
				require.ErrorIs(t, err, fault.Conflict, "no server takes what is not whole")
			}
			d.place = target
			d.start(t)
			assert.Empty(t, d.verify(t).Problems)
		})
	}
}

func TestASourceThatWasTamperedWithIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		changes    []string
		want       string
	}{
		{"an answer", "SQLite", []string{`DROP TRIGGER entries_only_erased`, `UPDATE entries SET choice = replace(choice, '"marketing":"yes"', '"marketing":"no"') WHERE seq = 18`}, "leaf 17, receipt "},
		{"a receipt erased behind the log's back", "SQLite", []string{`UPDATE entries SET salt = NULL, id = NULL, event = NULL, time = NULL, edition = NULL, choice = NULL, sender = NULL WHERE seq = 18`}, "leaf 17: Its receipt is gone"},
		{"an entry dropped", "SQLite", []string{`DROP TRIGGER entries_no_delete`, `DELETE FROM entries WHERE seq = 18`}, "leaf 17 is missing in the source"},
		{"an entry that can't be read", "SQLite", []string{`DROP TRIGGER entries_only_erased`, `UPDATE entries SET event = NULL WHERE seq = 18`}, "leaf 17 can't be read"},
		{"a tile", "SQLite", []string{`UPDATE log_tiles SET hashes = zeroblob(8192) WHERE level = 0 AND n = 0`}, "leaf 17: Hash 17 of tile 0 of level 0"},
		{"the words that were shown", "SQLite", []string{`DROP TRIGGER texts_no_update`, `UPDATE texts SET text = text || '.'`}, "text "},
		{"an answer", "PostgreSQL", []string{`ALTER TABLE receipts DISABLE TRIGGER append_only`, `UPDATE receipts SET answers = '{"marketing":"no","statistics":"no"}' WHERE id = '00000000-0000-4000-8000-000000000017'`}, "receipt 00000000-0000-4000-8000-000000000017: "},
		{"a tile that is too short", "PostgreSQL", []string{`UPDATE log_tiles SET hashes = '' WHERE level = 0`}, "has 0 bytes in the source"},
	} {
		t.Run(c.kind+": "+c.name, func(t *testing.T) {
			d := deploy(t, kinds[c.kind](t))
			require.NoError(t, d.store.Close())
			for _, change := range c.changes {
				_, err := d.raw(t).ExecContext(t.Context(), change)
				require.NoError(t, err)
			}
			other := []string{"SQLite", "PostgreSQL"}[(slices.Index([]string{"SQLite", "PostgreSQL"}, c.kind)+1)%2]
			target := kinds[other](t)
			_, err := d.move(t, t.Context(), target, d.options(true))
			require.ErrorIs(t, err, fault.Invalid)
			assert.ErrorContains(t, err, c.want)
			_, err = target.serve(t.Context())
			require.ErrorIs(t, err, fault.Conflict, "the target stays closed")
			store, err := d.serve(t.Context())
			require.NoError(t, err, "the source stays in service")
			require.NoError(t, store.Close())
		})
	}
}

func TestWhatWasWrongBeforeCanBeMovedAllTheSame(t *testing.T) {
	d, target := deploy(t, kinds["SQLite"](t)), kinds["PostgreSQL"](t)
	require.NoError(t, d.store.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText)) // which has not the id that it must have
	require.NoError(t, d.store.Close())
	o := d.options(true)
	_, err := d.move(t, t.Context(), target, o)
	require.ErrorContains(t, err, "edition edition-of-reside: It was changed")
	o.Despite = true
	result, err := d.move(t, t.Context(), target, o)
	require.NoError(t, err)
	assert.NotEmpty(t, result.Report.Problems)
	d.place = target
	d.start(t)
}

func TestATargetWithSomethingInItIsRefused(t *testing.T) {
	for name, to := range kinds {
		t.Run(name, func(t *testing.T) {
			used := to(t)
			store, err := used.serve(t.Context())
			require.NoError(t, err)
			require.NoError(t, store.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
			require.NoError(t, store.Close())
			_, err = used.target(t.Context())
			require.ErrorIs(t, err, fault.Conflict)
			assert.ErrorContains(t, err, "there is something in it already")
			store, err = used.serve(t.Context())
			require.NoError(t, err, "it stays as it was")
			require.NoError(t, store.Close())

			left := to(t)
			store, err = left.serve(t.Context())
			require.NoError(t, err)
			require.NoError(t, store.Close())
			require.NoError(t, left.origin().Leave(t.Context()))
			_, err = left.target(t.Context())
			require.ErrorIs(t, err, fault.Conflict)
		})
	}
}

func TestATargetOfAnotherLogIsRefused(t *testing.T) {
	for name, to := range kinds {
		t.Run(name, func(t *testing.T) {
			d, target := deploy(t, kinds["SQLite"](t)), to(t)
			_, err := d.move(t, t.Context(), target, d.options(false))
			require.NoError(t, err)
			other := deploy(t, kinds["SQLite"](t))
			other.receipts(t, 100)
			require.NoError(t, other.log.Integrate(t.Context()))
			_, err = other.move(t, t.Context(), target, other.options(false))
			require.ErrorIs(t, err, fault.Conflict)
			assert.ErrorContains(t, err, "begin again with an empty target")
		})
	}
}

// TestASourceThatIsStillWrittenToStaysInService writes to the source while the
// final copy is checked.
func TestASourceThatIsStillWrittenToStaysInService(t *testing.T) {
	for name, from := range kinds {
		for what, write := range map[string]func(*testing.T, *deployment){
			"a receipt": func(t *testing.T, d *deployment) { d.receipts(t, 1) },
			"an e-mail that was sent": func(t *testing.T, d *deployment) {
				messages, err := d.store.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 1)
				require.NoError(t, err)
				require.NoError(t, d.store.MessageSent(t.Context(), messages[0].ID, storetest.Start))
			},
			"the log": func(t *testing.T, d *deployment) { require.NoError(t, d.log.Integrate(t.Context())) },
		} {
			t.Run(name+": "+what, func(t *testing.T) {
				d, target := deploy(t, from(t)), kinds["SQLite"](t)
				o, wrote := d.options(true), false
				o.Progress = func(step transfer.Step, _, _ int64) {
					if step == transfer.Checking && !wrote {
						wrote = true
						write(t, d)
					}
				}
				_, err := d.move(t, t.Context(), target, o)
				require.ErrorIs(t, err, fault.Conflict)
				assert.ErrorContains(t, err, "a server still uses it")
				_, err = target.serve(t.Context())
				require.ErrorIs(t, err, fault.Conflict)
				again, err := d.serve(t.Context())
				require.NoError(t, err, "the source is in service")
				require.NoError(t, again.Close())

				require.NoError(t, d.store.Close())
				_, err = d.move(t, t.Context(), target, d.options(true))
				require.NoError(t, err, "once the server has stopped")
			})
		}
	}
}

func TestAnEmptyDeploymentCanBeMoved(t *testing.T) {
	for name, to := range kinds {
		t.Run("to "+name, func(t *testing.T) {
			from := kinds["SQLite"](t)
			store, err := from.serve(t.Context())
			require.NoError(t, err)
			require.NoError(t, store.Close())
			d := &deployment{place: from}
			result, err := d.move(t, t.Context(), to(t), transfer.Options{Final: true})
			require.NoError(t, err)
			assert.Zero(t, result.Counts)
		})
	}
}

func TestKeysThatAreNotTheLogsAreRefused(t *testing.T) {
	d := deploy(t, kinds["SQLite"](t))
	other := deploy(t, kinds["SQLite"](t))
	o := d.options(false)
	o.Keys = other.keys.Public
	_, err := d.move(t, t.Context(), kinds["SQLite"](t), o)
	require.ErrorIs(t, err, fault.Invalid)
	assert.ErrorContains(t, err, "signed by none of the 1 public keys given")
}
