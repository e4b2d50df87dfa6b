package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// clockAhead is the environment's variable that says how far the clock of a program is ahead.
const clockAhead = "LATCHKEY_TEST_CLOCK_AHEAD"

func init() {
	programs["latchkey-by-another-clock"] = func() {
		ahead, err := time.ParseDuration(os.Getenv(clockAhead))
		if err != nil {
			panic(err)
		}
		right := now
		now = func() time.Time { return right().Add(ahead) }
		main()
	}
}

// byClock is "latchkey" with a clock that is ahead by so much, or behind.
func byClock(ahead time.Duration, args ...string) *exec.Cmd {
	cmd := exec.Command("latchkey-by-another-clock", args...)
	cmd.Env = append(os.Environ(), clockAhead+"="+ahead.String())
	return cmd
}

// TestAClockThatIsAheadErasesNothing starts a server three years ahead, twice, and has a visitor choose there.
func TestAClockThatIsAheadErasesNothing(t *testing.T) {
	const years = 3 * 365 * 24 * time.Hour
	for _, c := range []struct {
		name     string
		database func(t *testing.T) string
	}{
		{"SQLite", func(*testing.T) string { return "" }},
		{"PostgreSQL", func(t *testing.T) string { return pgtest.Database(t) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, database := t.TempDir(), c.database(t)
			serving := func(ahead time.Duration) *program {
				return started(t, byClock(ahead, "serve", "--config", "../../testdata/groups", "--data", data, "--database", database,
					"--addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--public-url", "https://privacy.example.org"))
			}
			stored := func() int {
				out := latchkey(t, "receipts", "export", "--data", data, "--database", database, "--format", "jsonl")
				return strings.Count(out, `{"receipt":`)
			}
			p := serving(0)
			edition, answers := question(t, p.url)
			for range 20 {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			}
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())

			for range 2 {
				p = serving(years)
				until(t, "the purge to be refused", func() bool { return strings.Contains(p.log(), "old receipts were not looked for") })
				assert.Contains(t, p.log(), "the clock can't be believed")
				until(t, "the figure to say so", func() bool {
					_, text := p.operators().get("/metrics")
					return strings.Contains(text, "\nlatchkey_purge_refused 1\n")
				})
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers), "choices count all the same")
				require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			}
			assert.Equal(t, 22, stored())

			store := []string{"--data", data}
			if database != "" {
				store = []string{"--database", database}
			}
			purge := append([]string{"receipts", "purge", "--config", "../../testdata/groups"}, store...)
			out, err := byClock(years, purge...).CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(out), "the clock can't be believed")
			assert.Equal(t, 22, stored(), "nor does the command")
			out, err = byClock(years, append(purge, "--yes")...).CombinedOutput()
			require.NoError(t, err, string(out))
			assert.Equal(t, 2, stored(), "until somebody confirms that it is right")

			p = serving(years + 24*time.Hour)
			until(t, "the log to be extended", func() bool { _, text := p.get("/log/checkpoint"); return strings.Contains(text, "\n") })
			_, text := p.operators().get("/metrics")
			assert.Contains(t, text, "\nlatchkey_purge_refused 0\n")
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			where := data
			if database != "" {
				where = database
			}
			said := latchkey(t, "verify", "log", where, "--key", "@"+filepath.Join(data, "keys", "log.pub"))
			assert.Contains(t, said, "The log holds.")
			assert.Regexp(t, `Warning 1 .*leaf \d+: It says that receipts of connect were purged at .*, 109[45] days after anything`, said)
		})
	}
}

// TestAClockThatIsBehindStartsNothing starts a server a day before what is stored.
func TestAClockThatIsBehindStartsNothing(t *testing.T) {
	for _, c := range []struct {
		name     string
		database string
	}{
		{"SQLite", ""},
		{"PostgreSQL", pgtest.Database(t)},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			args := []string{"serve", "--config", "../../testdata/groups", "--data", data, "--database", c.database, "--addr", "127.0.0.1:0"}
			p := started(t, byClock(0, args...))
			edition, answers := question(t, p.url)
			require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())

			p = started(t, byClock(-time.Minute, args...))
			require.Zero(t, p.stop(syscall.SIGTERM), "clocks differ by a little")

			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // one that serves does not end
			defer cancel()
			cmd := byClock(-24*time.Hour, args...)
			stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
			defer stop()
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(out), "receipts can't be dated before those that are there")
			assert.Contains(t, string(out), "--accept-clock")
			assert.NotContains(t, string(out), "serves on")

			p = started(t, byClock(-24*time.Hour, append(args, "--accept-clock")...))
			require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
		})
	}
}
