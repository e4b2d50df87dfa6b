package main

import (
	"encoding/base64"
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
)

// fleet is several servers on one PostgreSQL, under load, and all that they
// have acknowledged.
type fleet struct {
	t         *testing.T
	databases []string // by server: each may reach the database by a way of its own
	folders   []string
	servers   []*program
	edition   string
	answers   map[string]string
	stop      chan struct{}
	wg        sync.WaitGroup

	mu           sync.Mutex
	urls         []string
	tokens       map[string]string // by receipt
	byServer     map[int]int       // acknowledged
	acknowledged map[string]string // receipt by event
}

// launch starts a server for each of the addresses by which the one database
// is reached. They share the keys, as those of one deployment do, and nothing else.
func launch(t *testing.T, databases ...string) *fleet {
	f := &fleet{t: t, databases: databases, stop: make(chan struct{}), tokens: map[string]string{}, byServer: map[int]int{}, acknowledged: map[string]string{}}
	for i := range databases {
		f.folders = append(f.folders, t.TempDir())
		if i > 0 {
			require.NoError(t, os.CopyFS(filepath.Join(f.folders[i], "keys"), os.DirFS(filepath.Join(f.folders[0], "keys"))))
		}
		f.servers, f.urls = append(f.servers, nil), append(f.urls, "")
		f.start(i)
	}
	f.edition, f.answers = question(t, f.urls[0])
	return f
}

// start starts a server, or starts it again.
func (f *fleet) start(i int) {
	f.t.Helper()
	f.servers[i] = serve(f.t, f.folders[i], "--database", f.databases[i], "--public-url", "https://privacy.example.org")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.urls[i] = f.servers[i].url
}

// choice is a choice that nobody has made yet.
func (f *fleet) choice() map[string]any {
	secret := uuid.New()
	return map[string]any{
		"event": uuid.NewString(), "site": "connect", "edition": f.edition, "answers": f.answers, "method": "reject-all", "gpc": false, "age": 0,
		"secret": base64.RawURLEncoding.EncodeToString(secret[:]),
	}
}

// load sends choices until the end of the test: as a loader does, the same one
// again, at whichever server answers, until one has it.
func (f *fleet) load() {
	for w := range 3 * len(f.servers) {
		f.wg.Go(func() {
			for {
				choice := f.choice()
				for try := 0; ; try++ {
					select {
					case <-f.stop:
						return
					default:
					}
					if f.send((w+try)%len(f.servers), choice) {
						break
					}
				}
			}
		})
	}
}

// send sends a choice to a server, and reports whether it was acknowledged.
func (f *fleet) send(i int, choice map[string]any) bool {
	f.mu.Lock()
	url := f.urls[i]
	f.mu.Unlock()
	var r struct{ Receipt, Token string }
	if status := submit(url+"/api/receipts", choice, &r); status != http.StatusCreated && status != http.StatusOK {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[r.Receipt] = r.Token
	f.acknowledged[choice["event"].(string)] = r.Receipt
	f.byServer[i]++
	return true
}

// taken is how many choices a server has acknowledged.
func (f *fleet) taken(i int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byServer[i]
}

// goOn waits until servers have each acknowledged more.
func (f *fleet) goOn(servers ...int) {
	f.t.Helper()
	for _, i := range servers {
		before := f.taken(i)
		until(f.t, "a server to take choices", func() bool { return f.taken(i) > before+20 })
	}
}

// end ends the load and the servers, and holds what is stored to what was
// acknowledged: each receipt is there once, is in the log, and opens with its token at any server.
func (f *fleet) end(database string) {
	f.t.Helper()
	close(f.stop)
	f.wg.Wait()
	for n, id := range slices.Sorted(maps.Keys(f.tokens)) {
		if n%(1+len(f.tokens)/1000) != 0 {
			continue // a thousand or so are opened; all are looked for in the export, below
		}
		req, err := http.NewRequest("GET", f.urls[n%len(f.urls)]+"/api/receipts/"+id, nil)
		require.NoError(f.t, err)
		req.Header.Set("Authorization", "Bearer "+f.tokens[id])
		res, err := http.DefaultClient.Do(req)
		require.NoError(f.t, err)
		res.Body.Close()
		require.Equal(f.t, http.StatusOK, res.StatusCode, "receipt %s was acknowledged and is gone", id)
	}
	for _, p := range f.servers {
		require.Zero(f.t, p.stop(os.Interrupt), p.log()) // which integrates what is left
	}
	out, err := exec.Command("latchkey", "receipts", "export", "--database", database).Output()
	require.NoError(f.t, err)
	stored := map[string][]string{} // receipts by event
	for line := range strings.Lines(string(out)) {
		var r struct {
			Receipt string
			Event   struct {
				ID string `json:"event"`
			}
		}
		require.NoError(f.t, json.Unmarshal([]byte(line), &r))
		stored[r.Event.ID] = append(stored[r.Event.ID], r.Receipt)
	}
	for event, receipt := range f.acknowledged {
		assert.Equal(f.t, []string{receipt}, stored[event], "event %s", event)
	}
	report, err := exec.Command("latchkey", "verify", "log", database, "--key", "@"+filepath.Join(f.folders[0], "keys", "log.pub"), "--json").Output()
	require.NoError(f.t, err, string(report))
	var holds struct{ Receipts, Pending int }
	require.NoError(f.t, json.Unmarshal(report, &holds))
	assert.Equal(f.t, strings.Count(string(out), "\n"), holds.Receipts, "each is a leaf")
	assert.Zero(f.t, holds.Pending)
	f.t.Logf("%d acknowledged, %d stored", len(f.tokens), holds.Receipts)
}
