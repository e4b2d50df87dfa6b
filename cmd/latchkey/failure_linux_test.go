package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"latchkey/app/consent"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/sqlite"
)

// nobody is a user without rights, as which a test that runs as root starts
// programs: to root, no file is read-only.
const nobody = 65534

// TestAFullDiskLosesNothingAcknowledged lets the server's files grow no further, which
// fails its writes as a full disk does, and lets them grow again.
func TestAFullDiskLosesNothingAcknowledged(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	edition, answers := question(t, p.url)
	acknowledged := 0
	fill := func(most int) int {
		for range most {
			if status := post(http.DefaultClient, p.url, edition, answers); status != http.StatusCreated {
				return status
			}
			acknowledged++
		}
		return http.StatusCreated
	}
	require.Equal(t, http.StatusCreated, fill(20))

	p.filesUpTo(p.largest(data) + 128<<10)
	assert.Equal(t, http.StatusServiceUnavailable, fill(5_000), "the disk fills up")
	before := acknowledged
	assert.Greater(t, before, 20, "there was some room")
	for range 3 {
		assert.Equal(t, http.StatusServiceUnavailable, fill(1), "and stays full")
	}
	probe, says := p.get("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, probe)
	assert.Contains(t, says, "not writable")
	alive, _ := p.get("/healthz")
	assert.Equal(t, http.StatusOK, alive)
	page, _ := p.get("/connect/notice")
	assert.Equal(t, http.StatusOK, page, "pages are read all the same")

	p.filesUpTo(unix.RLIM_INFINITY)
	until(t, "the server to be ready", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
	assert.Equal(t, http.StatusCreated, fill(20), "with room again it goes on by itself")
	assert.Zero(t, p.stop(syscall.SIGTERM), p.log())

	assert.Equal(t, acknowledged, receiptsIn(t, data), "what was acknowledged is there, and nothing else")
}

// onVolumes are servers whose database is on a volume that can be filled.
var onVolumes = []struct {
	name   string
	begin  func(t *testing.T) (*program, *pgtest.Volume)
	export func(v *pgtest.Volume, p *program) *exec.Cmd
	says   string
}{
	{"SQLite", func(t *testing.T) (*program, *pgtest.Volume) {
		groups, err := filepath.Abs("../../testdata/groups") // in the namespace the working folder is another
		require.NoError(t, err)
		v := pgtest.NewVolume(t, 16<<20)
		return started(t, v.Command("latchkey", "serve", "--config", groups, "--data", v.Dir+"/data", "--addr", "127.0.0.1:0")), v
	}, func(v *pgtest.Volume, p *program) *exec.Cmd {
		return v.Command("latchkey", "receipts", "export", "--data", v.Dir+"/data")
	}, "full"},
	{"PostgreSQL", func(t *testing.T) (*program, *pgtest.Volume) {
		cluster, v := pgtest.OwnOn(t, 32<<20, false)
		return serve(t, t.TempDir(), "--database", cluster.DatabaseOn(t)), v
	}, func(v *pgtest.Volume, p *program) *exec.Cmd {
		return exec.Command("latchkey", "receipts", "export", "--database", p.flag("--database"))
	}, "the disk of the database is full"},
}

// TestAServerThatSaysItIsReadyTakesReceiptsAndRequests leaves more and more room on the volume that the
// database is on, and holds what /readyz says against a receipt and as large a request as there may be.
func TestAServerThatSaysItIsReadyTakesReceiptsAndRequests(t *testing.T) {
	for _, c := range onVolumes {
		t.Run(c.name, func(t *testing.T) {
			p, volume := c.begin(t)
			edition, answers := question(t, p.url)
			ready := func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK }
			seen := map[bool]bool{}
			for _, room := range []int64{0, 4 << 10, 12 << 10, 32 << 10, 64 << 10, 160 << 10, 512 << 10, 1 << 20, 4 << 20} {
				volume.Fill(t)
				volume.Leave(t, room)
				began := time.Now()
				until(t, "what was said before to be out of date", func() bool { return time.Since(began) > 1100*time.Millisecond })
				is := ready()
				seen[is] = true
				if is {
					assert.Equal(t, http.StatusCreated, submit(p.url+"/api/requests", largest(), new(any)), "a request, with %d bytes of room", room)
					assert.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers), "a receipt, with %d bytes of room", room)
				}
				volume.Empty(t)
			}
			assert.Equal(t, map[bool]bool{true: true, false: true}, seen, "it was ready with much room, and was not with none")
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
		})
	}
}

// largest is a request with as much in it as anybody may write, in characters of four bytes.
func largest() map[string]any {
	long := func(n int) string { return strings.Repeat("\U0001F3E0", n) }
	return map[string]any{"key": uuid.NewString(), "site": "connect", "request": map[string]any{
		"kind": "rectification", "what": long(10_000), "correct": long(5_000), "name": "A Tenant", "reply": "phone", "phone": "0300 000 0000",
	}}
}

// TestAFullVolumeLosesNothingAcknowledged fills the volume that the database is
// on, under a running server, and makes room again.
func TestAFullVolumeLosesNothingAcknowledged(t *testing.T) {
	for _, c := range onVolumes {
		t.Run(c.name, func(t *testing.T) {
			p, volume := c.begin(t)
			ready := func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK }
			require.True(t, ready())
			edition, answers := question(t, p.url)
			acknowledged := 0
			for range 20 {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
				acknowledged++
			}

			volume.Fill(t)
			for post(http.DefaultClient, p.url, edition, answers) == http.StatusCreated {
				acknowledged++ // what finds a place that was there already
			}
			for range 3 {
				status, after, says, _ := refusal(t, "POST", p.url+"/api/receipts", choice(t, edition, answers), "Content-Type", "application/json", "Origin", demoOrigin)
				assert.Equal(t, http.StatusServiceUnavailable, status)
				assert.NotEmpty(t, after)
				assert.Contains(t, says, c.says)
				assert.NotContains(t, says, volume.Dir)
				assert.False(t, ready(), "and the server says so")
			}
			alive, _ := p.get("/connect/notice")
			assert.Equal(t, http.StatusOK, alive, "pages are read all the same")

			volume.Empty(t)
			until(t, "the server to be ready", ready)
			for range 20 {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
				acknowledged++
			}
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			out, err := c.export(volume, p).Output()
			require.NoError(t, err)
			assert.Equal(t, acknowledged, strings.Count(string(out), "\n"), "what was acknowledged is there, and nothing else")
		})
	}
}

// choice is a choice as the loader sends it.
func choice(t *testing.T, edition string, answers map[string]string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
	})
	require.NoError(t, err)
	return string(body)
}

// flag is the value that a flag was given.
func (p *program) flag(name string) string {
	return p.cmd.Args[slices.Index(p.cmd.Args, name)+1]
}

// filesUpTo sets how large a file of the program may become, in bytes.
func (p *program) filesUpTo(size uint64) {
	p.t.Helper()
	require.NoError(p.t, unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil))
}

// largest is the size of the largest file of the database.
func (p *program) largest(data string) uint64 {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(data, sqlite.FileName+"*"))
	require.NoError(p.t, err)
	var most int64
	for _, f := range files {
		info, err := os.Stat(f)
		require.NoError(p.t, err)
		most = max(most, info.Size())
	}
	return uint64(most)
}

// get returns the status and the body of a page.
func (p *program) get(path string) (int, string) {
	p.t.Helper()
	res, err := http.Get(p.url + path)
	require.NoError(p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	return res.StatusCode, string(b)
}

// receiptsIn counts the receipts of a data folder.
func receiptsIn(t *testing.T, data string) int {
	t.Helper()
	r, err := sqlite.OpenReader(t.Context(), filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	defer r.Close()
	n := 0
	for _, err := range r.Receipts(t.Context(), consent.ReceiptFilter{}) {
		require.NoError(t, err)
		n++
	}
	return n
}

// TestAReadOnlyDatabaseStartsNothing: without being able to store, the server
// does not come up at all, and says why.
func TestAReadOnlyDatabaseStartsNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		lock func(t *testing.T, data string)
		says string
	}{
		{"the file is read-only", func(t *testing.T, data string) {
			require.NoError(t, os.Chmod(filepath.Join(data, sqlite.FileName), 0o400))
		}, "readonly database"},
		{"so is its folder", func(t *testing.T, data string) {
			require.NoError(t, os.Chmod(filepath.Join(data, sqlite.FileName), 0o400))
			require.NoError(t, os.Chmod(data, 0o500))
			t.Cleanup(func() { os.Chmod(data, 0o700) })
		}, "database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			p := serve(t, data)
			edition, answers := question(t, p.url)
			require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			require.Zero(t, p.stop(syscall.SIGTERM))
			cmd := exec.Command("latchkey", "serve", "--config", "../../testdata/groups", "--data", data, "--addr", "127.0.0.1:0")
			if os.Getuid() == 0 {
				cmd = asNobody(t, cmd, data)
			}
			c.lock(t, data)

			out, err := cmd.CombinedOutput()
			assert.Error(t, err)
			assert.Contains(t, string(out), sqlite.FileName)
			assert.Contains(t, string(out), c.says)
			assert.NotContains(t, string(out), "serves on")
		})
	}
}

// asNobody makes a command run as a user without rights, to whom it gives the
// data folder.
func asNobody(t *testing.T, cmd *exec.Cmd, data string) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("", "nobody")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	program, err := os.ReadFile(cmd.Path)
	require.NoError(t, err)
	cmd.Path = filepath.Join(dir, "latchkey")
	require.NoError(t, os.WriteFile(cmd.Path, program, 0o755))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "groups"), os.DirFS("../../testdata/groups")))
	for i, arg := range cmd.Args {
		if arg == "../../testdata/groups" {
			cmd.Args[i] = filepath.Join(dir, "groups")
		}
	}
	require.NoError(t, filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	}))
	require.NoError(t, os.Chmod(filepath.Dir(data), 0o755))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}
