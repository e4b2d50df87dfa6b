package receiptlog_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// grown is a store whose log has the receipts from first to before last, signed by these keys. They keep
// no checkpoint of it, as those of a server that was killed.
func grown(t *testing.T, k receiptlog.Keys, first, last int) *sqlite.Store {
	s := open(t)
	l, err := receiptlog.New(t.Context(), s, k, quiet)
	require.NoError(t, err)
	fill(t, s, first, last)
	require.NoError(t, l.Integrate(t.Context()))
	return s
}

// kept is the size of the checkpoint that is kept beside keys; 0 if there is none.
func kept(t *testing.T, dir string, k receiptlog.Keys) int64 {
	b, err := os.ReadFile(filepath.Join(dir, receiptlog.Receipts.CheckpointFile()))
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	at, err := evidence.OpenCheckpoint(string(b), k.Public)
	require.NoError(t, err)
	return at.Size
}

func TestALogGoesOnFromTheCheckpointThatWasKept(t *testing.T) {
	for _, c := range []struct {
		name    string
		at      func(*testing.T, receiptlog.Keys) *sqlite.Store
		refused string
		kept    int64
	}{
		{"the same log", func(t *testing.T, k receiptlog.Keys) *sqlite.Store { return grown(t, k, 0, 300) }, "", 300},
		{"the log, grown since: the server was killed before it kept that", func(t *testing.T, k receiptlog.Keys) *sqlite.Store { return grown(t, k, 0, 700) }, "", 700},
		{"an empty database", func(t *testing.T, _ receiptlog.Keys) *sqlite.Store { return open(t) }, "has none", 300},
		{"an older database", func(t *testing.T, k receiptlog.Keys) *sqlite.Store { return grown(t, k, 0, 299) }, "has one of only 299", 300},
		{"another log of the same size", func(t *testing.T, k receiptlog.Keys) *sqlite.Store { return grown(t, k, 1, 301) }, "has one of 300 leaves that is not its continuation", 300},
		{"another log that is longer", func(t *testing.T, k receiptlog.Keys) *sqlite.Store { return grown(t, k, 1, 701) }, "has one of 700 leaves that is not its continuation", 300},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			k := keys(t, dir)
			found := c.at(t, k)
			_, err := receiptlog.New(t.Context(), grown(t, k, 0, 300), k, quiet)
			require.NoError(t, err)
			require.EqualValues(t, 300, kept(t, dir, k))

			_, err = receiptlog.New(t.Context(), found, k, quiet)
			assert.Equal(t, c.kept, kept(t, dir, k))
			if c.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, fault.Conflict)
			require.ErrorContains(t, err, filepath.Join(dir, "log.checkpoint")+" is of a log of 300 leaves, and the database "+c.refused)

			_, err = receiptlog.Rotate(dir)
			require.NoError(t, err)
			_, err = receiptlog.New(t.Context(), found, keys(t, dir), quiet)
			require.ErrorIs(t, err, fault.Conflict, "another key does not make another log of it")
			require.NoError(t, os.Remove(filepath.Join(dir, receiptlog.Receipts.CheckpointFile())))
			_, err = receiptlog.New(t.Context(), found, keys(t, dir), quiet)
			require.NoError(t, err, "what was found to be lost is given up")
		})
	}
}

func TestAKeptCheckpointThatTheKeysDidNotSignIsToldApart(t *testing.T) {
	dir := t.TempDir()
	k := keys(t, dir)
	path := filepath.Join(dir, receiptlog.Receipts.CheckpointFile())
	require.NoError(t, os.WriteFile(path, []byte("privacy.example.org\n"), 0o644))
	_, err := receiptlog.New(t.Context(), open(t), k, quiet)
	require.ErrorIs(t, err, fault.Conflict)
	require.ErrorContains(t, err, path+": checkpoint: not a signed note")
	require.ErrorContains(t, err, "damaged, or belongs to another log")
}

// swapped is a store that becomes another one.
type swapped struct{ receiptlog.Store }

func TestARunningLogIsNotExtendedInAnOlderDatabase(t *testing.T) {
	for name, left := range map[string]int{"emptied": 0, "older": 2} {
		t.Run(name, func(t *testing.T) {
			k := keys(t, t.TempDir())
			older := open(t)
			if left > 0 {
				older = grown(t, k, 0, left)
			}
			s := &swapped{grown(t, k, 0, 5)}
			l, err := receiptlog.New(t.Context(), s, k, quiet)
			require.NoError(t, err)
			fill(t, older, left, 9)
			s.Store = older
			require.ErrorIs(t, l.Integrate(t.Context()), fault.Conflict)
			at, err := older.Checkpoint(t.Context())
			if left == 0 {
				require.ErrorIs(t, err, fault.NotFound)
				return
			}
			require.NoError(t, err)
			opened, err := evidence.OpenCheckpoint(at, k.Public)
			require.NoError(t, err)
			assert.EqualValues(t, left, opened.Size)
		})
	}
}

func TestTheNewestCheckpointIsKeptAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	k := keys(t, dir)
	s := open(t)
	l, err := receiptlog.New(t.Context(), s, k, quiet)
	require.NoError(t, err)
	fill(t, s, 0, 3)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, l.Run(ctx))
	assert.EqualValues(t, 3, kept(t, dir, k))
}

// signed is a store whose log has a checkpoint and nothing to add.
type signed struct {
	receiptlog.Store
	checkpoint string
}

func (s *signed) Checkpoint(context.Context) (string, error) {
	if s.checkpoint == "" {
		return "", fault.NotFound
	}
	return s.checkpoint, nil
}

func (s *signed) Extend(context.Context, int, func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	return 0, nil
}

func TestARunningServerKeepsTheNewestCheckpointAtEveryLook(t *testing.T) {
	dir := t.TempDir()
	k := keys(t, dir)
	text, err := grown(t, k, 0, 5).Checkpoint(t.Context())
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		s := &signed{}
		l, err := receiptlog.New(t.Context(), s, k, quiet)
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		go l.Run(ctx)
		time.Sleep(time.Second)
		s.checkpoint = text // by another server on the same database, and nobody wakes this one
		time.Sleep(10 * time.Second)
		assert.EqualValues(t, 5, kept(t, dir, k))
		stop()
		synctest.Wait()
	})
}

func TestACheckpointIsKeptBeforeItIsPublished(t *testing.T) {
	dir := t.TempDir()
	k := keys(t, dir)
	older := grown(t, k, 0, 4) // by a server of the same keys that has kept nothing
	s := &swapped{open(t)}
	l, err := receiptlog.New(t.Context(), s, k, quiet)
	require.NoError(t, err)
	_, err = l.Checkpoint(t.Context())
	require.ErrorIs(t, err, fault.NotFound)

	fill(t, s.Store.(*sqlite.Store), 0, 3)
	require.NoError(t, l.Integrate(t.Context()))
	require.Zero(t, kept(t, dir, k), "nobody has seen it yet")
	text, err := l.Checkpoint(t.Context())
	require.NoError(t, err)
	at, err := evidence.OpenCheckpoint(text, k.Public)
	require.NoError(t, err)
	assert.EqualValues(t, 3, at.Size)
	assert.EqualValues(t, 3, kept(t, dir, k))

	fill(t, s.Store.(*sqlite.Store), 3, 5)
	require.NoError(t, l.Integrate(t.Context()))
	proof, err := l.Proof(t.Context(), storetest.Receipt("reside", 4).ID)
	require.NoError(t, err)
	at, err = evidence.OpenCheckpoint(proof.Checkpoint, k.Public)
	require.NoError(t, err)
	assert.EqualValues(t, 5, at.Size)
	assert.EqualValues(t, 5, kept(t, dir, k), "so is the one that a proof leads to")

	s.Store = older
	_, err = l.Checkpoint(t.Context())
	require.ErrorIs(t, err, fault.Unavailable, "an older log is not published")
	assert.NotContains(t, err.Error(), dir)
	assert.EqualValues(t, 5, kept(t, dir, k))
}

func TestAFolderOfKeysThatCanOnlyBeReadStopsNoServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := keys(t, dir)
	s := grown(t, k, 0, 3)
	require.NoError(t, os.RemoveAll(dir)) // nothing can be written there, by whomever
	var said bytes.Buffer
	l, err := receiptlog.New(t.Context(), s, k, slog.New(slog.NewTextHandler(&said, nil)))
	require.NoError(t, err)
	fill(t, s, 3, 5)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, l.Run(ctx))
	assert.Equal(t, 1, strings.Count(said.String(), "is not kept beside the keys"), said.String())
}
