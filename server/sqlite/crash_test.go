package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/rights"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

const (
	crashWriters = 8 // half of them write receipts, half requests
	crashRounds  = 4
	crashEach    = 10_000_000 // numbers that a round may use
)

// TestWriterProcess is not a test: it is the process that the crash test
// kills. It prints the id of what was acknowledged, a line each.
func TestWriterProcess(t *testing.T) {
	path, round := os.Getenv("CRASH_DATABASE"), 0
	if path == "" {
		return
	}
	_, err := fmt.Sscan(os.Getenv("CRASH_ROUND"), &round)
	require.NoError(t, err)
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	failed := make(chan error)
	for w := range crashWriters {
		go func() {
			for n := round*crashEach + w; ; n += crashWriters {
				var id string
				var err error
				if w%2 == 0 {
					id = storetest.Receipt("reside", n).ID
					_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", n)))
				} else {
					r := storetest.Record("reside", n)
					id = r.Reference
					_, _, err = s.AddRequest(t.Context(), r, storetest.Messages(r))
				}
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(id) // one write, so a whole line or none
			}
		}()
	}
	t.Fatal(<-failed)
}

func TestKillingTheProcessLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	acknowledged := map[string]bool{}
	for round := range crashRounds {
		for _, id := range killedWriter(t, path, round) {
			assert.False(t, acknowledged[id], "%s was acknowledged twice", id)
			acknowledged[id] = true
		}
	}

	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	defer s.Close()
	found := map[string]int{}
	for r, err := range s.Receipts(t.Context(), consent.ReceiptFilter{}) {
		require.NoError(t, err)
		found[r.ID]++
	}
	requests := 0
	for r, err := range s.Requests(t.Context(), rights.Filter{}) {
		require.NoError(t, err)
		found[r.Reference]++
		requests++
	}
	for id := range acknowledged {
		assert.Equal(t, 1, found[id], "%s was acknowledged", id)
	}
	messages, err := s.DueMessages(t.Context(), storetest.Start.AddDate(100, 0, 0), 10*len(found))
	require.NoError(t, err)
	assert.Len(t, messages, 2*requests, "a request and its messages are stored together or not at all")
	var integrity string
	require.NoError(t, raw(t, path).QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&integrity))
	assert.Equal(t, "ok", integrity)
	t.Logf("%d acknowledged, %d found, in %d rounds", len(acknowledged), len(found), crashRounds)
}

// killedWriter starts a writer process, kills it amid its work, and returns
// what it had acknowledged.
func killedWriter(t *testing.T, path string, round int) []string {
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriterProcess$", "-test.v=false")
	child.Env = append(os.Environ(), "CRASH_DATABASE="+path, fmt.Sprintf("CRASH_ROUND=%d", round))
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		require.True(t, strings.HasPrefix(lines.Text(), "LK-") || strings.HasPrefix(lines.Text(), "0000"), "the writer said %q", lines.Text())
		if ids = append(ids, lines.Text()); len(ids) == 50 {
			// From here on at some other point of a commit in each round.
			time.AfterFunc(time.Duration(7+13*round)*time.Millisecond, func() { _ = child.Process.Kill() })
		}
	}
	require.NoError(t, lines.Err())
	require.Error(t, child.Wait(), "it was killed")
	require.GreaterOrEqual(t, len(ids), 50)
	return ids
}
