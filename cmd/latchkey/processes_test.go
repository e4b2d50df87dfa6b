package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// TestThreeProcesses runs three servers on one PostgreSQL under load, and kills
// each in turn in the middle of it. Afterwards every receipt that was
// acknowledged is there once, opens with its token at any server, and the log
// holds all of them.
func TestThreeProcesses(t *testing.T) {
	database := pgtest.Database(t)
	// The servers share the keys, as those of one deployment do, and nothing else.
	folders := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	start := func(i int) *program {
		return serve(t, folders[i], "--database", database, "--public-url", "https://privacy.example.org")
	}
	servers := []*program{start(0), nil, nil}
	for i := 1; i < 3; i++ {
		require.NoError(t, os.CopyFS(filepath.Join(folders[i], "keys"), os.DirFS(filepath.Join(folders[0], "keys"))))
		servers[i] = start(i)
	}
	edition, answers := question(t, servers[0].url)

	var mu sync.Mutex
	urls := []string{servers[0].url, servers[1].url, servers[2].url}
	receipts := map[string]string{}    // token by receipt
	byServer := map[int]int{}          // acknowledged
	acknowledge := map[string]string{} // receipt by event
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 9 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				choice := map[string]any{
					"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
				}
				// As a loader does: the same event again, at whichever server answers, until one has it.
				for try := range 1000 {
					i := (w + try) % 3
					mu.Lock()
					url := urls[i]
					mu.Unlock()
					var r struct{ Receipt, Token string }
					if status := submit(url+"/api/receipts", choice, &r); status == http.StatusCreated || status == http.StatusOK {
						mu.Lock()
						receipts[r.Receipt] = r.Token
						acknowledge[choice["event"].(string)] = r.Receipt
						byServer[i]++
						mu.Unlock()
						break
					}
				}
			}
		})
	}
	acknowledged := func(i int) int {
		mu.Lock()
		defer mu.Unlock()
		return byServer[i]
	}
	for i, p := range servers {
		others := acknowledged((i + 1) % 3)
		until(t, "a load", func() bool { return acknowledged(i) >= 40*(i+1) && acknowledged((i+1)%3) > others })
		require.NoError(t, p.cmd.Process.Kill())
		p.cmd.Wait()
		others = acknowledged((i + 1) % 3)
		until(t, "the others to go on", func() bool { return acknowledged((i+1)%3) > others+20 })
		servers[i] = start(i)
		mu.Lock()
		urls[i] = servers[i].url
		mu.Unlock()
	}
	close(stop)
	wg.Wait()

	for n, id := range slices.Sorted(maps.Keys(receipts)) {
		req, err := http.NewRequest("GET", urls[n%3]+"/api/receipts/"+id, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+receipts[id])
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode, "receipt %s was acknowledged and is gone", id)
	}
	for _, p := range servers {
		require.Zero(t, p.stop(os.Interrupt), p.log()) // which integrates what is left
	}
	out, err := exec.Command("latchkey", "receipts", "export", "--database", database).Output()
	require.NoError(t, err)
	stored := strings.Count(string(out), "\n")
	for event, receipt := range acknowledge {
		assert.Equal(t, 1, strings.Count(string(out), event), "event %s", event)
		assert.Contains(t, string(out), receipt)
	}
	report, err := exec.Command("latchkey", "verify", "log", database, "--key", "@"+filepath.Join(folders[0], "keys", "log.pub"), "--json").Output()
	require.NoError(t, err, string(report))
	var holds struct{ Receipts, Pending int }
	require.NoError(t, json.Unmarshal(report, &holds))
	assert.Equal(t, stored, holds.Receipts, "each is a leaf")
	assert.Zero(t, holds.Pending)
	t.Logf("%d acknowledged, %d stored", len(receipts), stored)
}
