package receiptlog_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/receiptlog"
)

func TestTheTwoLogsOfADeploymentAreToldApart(t *testing.T) {
	dir := t.TempDir()
	receipts := keys(t, dir)
	audit, err := receiptlog.Audit.LoadKeys(dir, receiptlog.Audit.Origin(receipts.Origin()), "")
	require.NoError(t, err)
	assert.Equal(t, origin+"/audit", audit.Origin())
	info, err := os.Stat(filepath.Join(dir, "audit.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	both := append(append([]string{}, audit.Public...), receipts.Public...)
	assert.Equal(t, receipts.Public, receiptlog.Receipts.Of(both))
	assert.Equal(t, audit.Public, receiptlog.Audit.Of(both))

	before := audit.Public[0]
	audit, err = receiptlog.Audit.Rotate(dir)
	require.NoError(t, err)
	assert.Equal(t, before, audit.Public[1])
	assert.Equal(t, receipts.Public, keys(t, dir).Public, "each has keys of its own")

	require.NoError(t, os.Remove(filepath.Join(dir, "audit.key")))
	_, err = receiptlog.Audit.LoadKeys(dir, "", "")
	require.ErrorContains(t, err, filepath.Join(dir, "audit.key"))
	require.ErrorContains(t, err, `"latchkey keys rotate --log audit"`)
}

func TestTheAuditLogKeepsACheckpointOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	k, err := receiptlog.Audit.LoadKeys(dir, origin+"/audit", "")
	require.NoError(t, err)
	s := open(t)
	require.NoError(t, receiptlog.Audit.KeepCheckpoint(dir, "of something else"))
	_, err = receiptlog.NewAudit(t.Context(), s, k, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, filepath.Join(dir, "audit.checkpoint"))
}
