package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
)

// integrated is the script command "integrated DIR": it makes keys in a data folder
// that "fixture" has made, and puts its receipts into the log.
func integrated(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: integrated DIR")
	}
	ctx, dir := context.Background(), ts.MkAbs(args[0])
	s, err := sqlite.Open(ctx, filepath.Join(dir, sqlite.FileName))
	ts.Check(err)
	defer s.Close()
	keys, err := receiptlog.LoadKeys(filepath.Join(dir, "keys"), "privacy.example.org", "")
	ts.Check(err)
	log, err := receiptlog.New(ctx, s, keys, slog.New(slog.DiscardHandler))
	ts.Check(err)
	ts.Check(log.Integrate(ctx))
}

// manifest is the script command "manifest FILE OUTPUT KEYS": it checks that a manifest is
// signed by one of the keys in a file, and is of that output.
func manifest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: manifest FILE OUTPUT KEYS")
	}
	var m exportManifest
	ts.Check(receiptlog.OpenJSON(ts.ReadFile(args[0]), exportFormat, strings.Fields(ts.ReadFile(args[2])), &m))
	output := ts.ReadFile(args[1])
	sum := sha256.Sum256([]byte(output))
	if m.SHA256 != hex.EncodeToString(sum[:]) || m.Bytes != int64(len(output)) {
		ts.Fatalf("the manifest is of another output: %+v", m)
	}
}

// latchkey runs the program and returns what it printed.
func latchkey(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("latchkey", args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func TestABackupOfABusyServerHoldsAllThatWasAcknowledgedAndCanBeServed(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	edition, answers := question(t, p.url)
	post := func() (receipt struct{ Receipt, Token string }, ok bool) {
		ok = send(p.url+"/api/receipts", map[string]any{
			"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
		}, &receipt)
		return receipt, ok
	}
	before, ok := post()
	require.True(t, ok)
	var stop atomic.Bool
	var sent atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				if _, ok := post(); ok {
					sent.Add(1)
				}
			}
		})
	}
	until(t, "some load", func() bool { return sent.Load() > 100 })
	acknowledged := sent.Load()
	file := filepath.Join(t.TempDir(), "latchkey.backup")
	latchkey(t, "backup", "--data", data, file)
	stop.Store(true)
	wg.Wait()
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())

	restored := filepath.Join(t.TempDir(), "data")
	said := latchkey(t, "restore", file, "--data", restored, "--key", "@"+filepath.Join(data, "keys", "log.pub"))
	assert.Regexp(t, `Checked: \d+ receipts; a log of \d+ leaves, of which 0 were erased`, said)
	listed := latchkey(t, "receipts", "list", "--data", restored, "--limit", "0")
	assert.GreaterOrEqual(t, int64(strings.Count(listed, "connect")), acknowledged+1)

	again := serve(t, restored, "--public-url", p.url)
	r, err := http.NewRequest("GET", again.url+"/api/receipts/"+before.Receipt+"/file", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+before.Token)
	until(t, "the receipt with its proof", func() bool {
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

func TestABackupThatIsKilledLeavesNoFile(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	// Enough for a backup to take a while.
	outbox := filepath.Join(data, "outbox")
	require.NoError(t, os.MkdirAll(outbox, 0o700))
	big := make([]byte, 256<<20)
	require.NoError(t, os.WriteFile(filepath.Join(outbox, "1.eml"), big, 0o600))
	dir := t.TempDir()
	file := filepath.Join(dir, "latchkey.backup")
	cmd := exec.Command("latchkey", "backup", "--data", data, file)
	require.NoError(t, cmd.Start())
	until(t, "the work to begin", func() bool {
		found, err := filepath.Glob(filepath.Join(dir, ".latchkey-backup-*", "backup.zip"))
		return err == nil && len(found) > 0
	})
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	_, err := os.Stat(file)
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, os.Remove(filepath.Join(outbox, "1.eml")))
	start := time.Now()
	latchkey(t, "backup", "--data", data, file) // what was left does not stand in the way
	assert.Less(t, time.Since(start), 20*time.Second)
}
