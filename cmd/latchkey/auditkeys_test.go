package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
)

func TestTheKeysOfTheAuditLogAreShownAndRotated(t *testing.T) {
	data := keep(t)
	before := strings.Fields(latchkey(t, "keys", "show", "--data", data))
	require.Len(t, before, 2)
	assert.Regexp(t, `^privacy\.example\.org\+`, before[0], "the one that signs receipts stands first")
	assert.Regexp(t, `^privacy\.example\.org/audit\+`, before[1])

	out := latchkey(t, "keys", "rotate", "--log", "audit", "--data", data)
	assert.Contains(t, out, "This key signs the audit log from the next start")
	assert.NotContains(t, out, "PRIVATE")
	after := strings.Fields(latchkey(t, "keys", "show", "--data", data))
	require.Len(t, after, 3)
	assert.Equal(t, before[0], after[0])
	assert.Equal(t, before[1], after[2])

	p := serve(t, data, "--public-url", "https://privacy.example.org")
	who := newPersonal(1)
	p.ask(&who)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	assert.Zero(t, verifies(t, data), "what the key before signed, and what the new one does")
	code, out, _ := verify(t, "", "log", data, "--key", before[0], "--key", before[1])
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "checkpoint of the audit log: It can't be trusted")
}

// TestRequestsThatWerePutBackAreNoticed puts the database back to what it was a request ago.
func TestRequestsThatWerePutBackAreNoticed(t *testing.T) {
	data := keep(t)
	path := filepath.Join(data, sqlite.FileName)
	older, err := os.ReadFile(path)
	require.NoError(t, err)
	p := serve(t, data, "--public-url", "https://privacy.example.org")
	who := newPersonal(1)
	p.ask(&who)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	require.NoError(t, os.WriteFile(path, older, 0o600))
	out, err := exec.Command("latchkey", "serve", "--config", "../../testdata/groups", "--addr", "127.0.0.1:0", "--data", data).CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), filepath.Join(data, "keys", receiptlog.Audit.CheckpointFile())+" is of a log of")
	assert.Contains(t, string(out), `"latchkey keys rotate --log audit"`)
}

// TestABackupCarriesTheAuditLog restores one, erased requests and all, and goes on from it.
func TestABackupCarriesTheAuditLog(t *testing.T) {
	data, again := keep(t), filepath.Join(t.TempDir(), "again")
	file := filepath.Join(t.TempDir(), "latchkey.backup")
	latchkey(t, "backup", "--data", data, "--without-keys", file)
	out := latchkey(t, "restore", file, "--data", again, "--key", "@"+filepath.Join(data, "keys", "log.pub"))
	assert.Contains(t, out, "Checked: 120 requests with 236 messages; an audit log of")
	for name, want := range map[string]bool{"audit.pub": true, "audit.key": false, "audit.checkpoint": true} {
		_, err := os.Stat(filepath.Join(again, "keys", name))
		assert.Equal(t, want, err == nil, name)
	}
	assert.Zero(t, verifies(t, again))
	assert.Contains(t, latchkey(t, "requests", "show", "LK-TEST-0003", "--data", again), "What the person said is gone")
}
