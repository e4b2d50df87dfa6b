package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// What the network between a server and the database does.
const (
	passes   = iota // all that is sent
	swallows        // all that is sent: no answer, no error
	resets          // every connection
)

// network is a way to the database that a test can cut.
type network struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	does     int
	open     map[*link]bool
}

// link is one connection from a server to the database.
type link struct {
	client, server *net.TCPConn
	cut            atomic.Bool // it was open while the network swallowed things, and leads nowhere since
}

// through returns the address of a database by a way that can be cut.
func through(t *testing.T, database string) (*network, string) {
	u, err := url.Parse(database)
	require.NoError(t, err)
	n := &network{to: u.Host, open: map[*link]bool{}}
	n.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go n.run()
	t.Cleanup(func() {
		n.listener.Close()
		n.set(resets)
	})
	u.Host = n.listener.Addr().String()
	return n, u.String()
}

func (n *network) run() {
	for {
		client, err := n.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.to)
		if err != nil {
			client.Close()
			continue
		}
		l := &link{client: client.(*net.TCPConn), server: server.(*net.TCPConn)}
		n.mu.Lock()
		n.open[l] = true
		does := n.does
		n.mu.Unlock()
		l.cut.Store(does == swallows)
		if does == resets {
			l.reset()
			continue
		}
		go n.carry(l, l.client, l.server)
		go n.carry(l, l.server, l.client)
	}
}

// carry passes on what comes in at one end, as long as the link is not cut.
func (n *network) carry(l *link, from, to *net.TCPConn) {
	b := make([]byte, 32<<10)
	for {
		got, err := from.Read(b)
		if !l.cut.Load() {
			to.Write(b[:got])
			if err == io.EOF {
				to.CloseWrite()
			}
		}
		if err != nil {
			return
		}
	}
}

// set changes what the network does. Links that were open while it swallowed
// things stay so for ever, as after a firewall forgot them.
func (n *network) set(does int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.does = does
	for l := range n.open {
		switch does {
		case swallows:
			l.cut.Store(true)
		case resets:
			l.reset()
			delete(n.open, l)
		}
	}
}

func (l *link) reset() {
	for _, c := range []*net.TCPConn{l.client, l.server} {
		c.SetLinger(0)
		c.Close()
	}
}

// refusal sends a request and returns the status, when to come back, what is
// said, and after what time.
func refusal(t *testing.T, method, address, body string, headers ...string) (status int, after, says string, took time.Duration) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	begin := time.Now()
	client := http.Client{Timeout: 2 * answersIn}
	res, err := client.Do(req)
	if !assert.NoError(t, err) {
		return 0, "", "", 0
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	return res.StatusCode, res.Header.Get("Retry-After"), string(b), time.Since(begin)
}

// answersIn is how long a server may take to say that it can't.
const answersIn = 15 * time.Second

// TestAServerWithoutItsDatabase cuts one of three servers off from the database,
// first so that nothing answers any more, then so that every connection is
// refused. It says that it can't store, in time and within its memory; the others
// carry on; and it comes back by itself.
func TestAServerWithoutItsDatabase(t *testing.T) {
	database := pgtest.Database(t)
	way, cuttable := through(t, database)
	f := launch(t, cuttable, database, database)
	alone := f.servers[0]
	f.load()
	f.goOn(0, 1, 2)
	f.mu.Lock()
	var known, token string
	for known, token = range f.tokens {
		break
	}
	f.mu.Unlock()

	way.set(swallows)
	var wg sync.WaitGroup
	client := &http.Client{Timeout: 2 * answersIn}
	for range memorySenders {
		wg.Go(func() {
			status := post(client, alone.url, f.edition, f.answers)
			assert.Equal(t, http.StatusServiceUnavailable, status)
		})
	}
	wg.Go(func() {
		status, _, says, took := refusal(t, "GET", alone.url+"/readyz", "")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, says, "database is not writable: the database does not answer in time")
		assert.Less(t, took, answersIn)
	})
	wg.Go(func() {
		status, after, says, took := refusal(t, "GET", alone.url+"/api/receipts/"+known, "", "Authorization", "Bearer "+token)
		assert.Equal(t, http.StatusServiceUnavailable, status, says)
		assert.NotEmpty(t, after)
		assert.Less(t, took, answersIn)
	})
	wg.Go(func() {
		status, after, says, took := refusal(t, "POST", alone.url+"/api/requests", `{"key":"5b1f3d52-6d53-4e0a-9d6c-0d6f5b0a7c11","site":"connect","request":{"kind":"access","what":"my repairs","name":"A Tenant","reply":"phone","phone":"0300 000 0000"}}`,
			"Content-Type", "application/json", "Origin", demoOrigin)
		assert.Equal(t, http.StatusServiceUnavailable, status, says)
		assert.NotEmpty(t, after)
		assert.Less(t, took, answersIn)
	})
	f.goOn(1, 2)
	status, _, _, _ := refusal(t, "GET", alone.url+"/healthz", "")
	assert.Equal(t, http.StatusOK, status, "the process itself is well")
	wg.Wait()
	assert.LessOrEqual(t, alone.peak(), int64(memoryBudget), "bytes resident at the most")

	way.set(passes)
	ready := func() bool { status, _ := alone.get("/readyz"); return status == http.StatusOK }
	until(t, "the server to be ready", ready)
	f.goOn(0, 1, 2)

	way.set(resets)
	until(t, "it to be told", func() bool { return !ready() })
	f.goOn(1, 2)
	way.set(passes)
	until(t, "the server to be ready again", ready)
	f.goOn(0, 1, 2)
	f.end(database)
}

// TestAServerThatStandsStillIsFenced stops one of three servers while it extends
// the log, as a machine that is paused does. The others go on extending it; and
// when the server goes on, what it had begun is refused.
func TestAServerThatStandsStillIsFenced(t *testing.T) {
	database := pgtest.Database(t)
	names := []string{"first", "second", "third"}
	var databases []string
	for _, name := range names {
		databases = append(databases, database+"&application_name="+name)
	}
	f := launch(t, databases...)
	f.load()
	f.goOn(0, 1, 2)
	db, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer db.Close(context.Background())
	run := func(statement string) {
		_, err := db.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	size := func() (n int64) {
		require.NoError(t, db.QueryRow(t.Context(), `SELECT size FROM log_head`).Scan(&n))
		return n
	}

	// Whoever extends the log next waits for the test, with the lock in its hands.
	run(`SELECT pg_advisory_lock(4711)`)
	run(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
		CREATE TRIGGER wait BEFORE INSERT ON log_tiles EXECUTE FUNCTION wait()`)
	var holder string
	until(t, "an extension", func() bool {
		err := db.QueryRow(t.Context(), `SELECT application_name FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%log_tiles%' AND datname = current_database()`).Scan(&holder)
		return err == nil
	})
	still := -1
	for i, name := range names {
		if name == holder {
			still = i
		}
	}
	require.NotEqual(t, -1, still, holder)
	process := f.servers[still].cmd.Process
	require.NoError(t, process.Signal(syscall.SIGSTOP))
	until(t, "all its threads to stand still", func() bool { return standsStill(t, process.Pid) })
	before := size()
	run(`SELECT pg_advisory_unlock(4711)`)

	until(t, "another server to extend the log", func() bool { return size() > before })
	f.goOn((still+1)%3, (still+2)%3)
	assert.NotContains(t, f.servers[still].log(), "could not be extended")
	require.NoError(t, process.Signal(syscall.SIGCONT))
	until(t, "the refusal of what it had begun", func() bool { return strings.Contains(f.servers[still].log(), "could not be extended") })
	until(t, "it to take its turn again", func() bool { return strings.Contains(f.servers[still].log(), "the log is extended again") })
	f.goOn(0, 1, 2)
	f.end(database)
}

// standsStill says whether all threads of a process are stopped. The one that a
// signal to stop is given to may have to wait for its turn, and the others run until it had it.
func standsStill(t *testing.T, process int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", process))
	require.NoError(t, err)
	for _, file := range threads {
		stat, err := os.ReadFile(file)
		require.NoError(t, err)
		_, state, _ := strings.Cut(string(stat), ") ") // behind the program's name, in proc(5)
		if !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(threads) > 0
}
