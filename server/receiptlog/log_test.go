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
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

const origin = "privacy.example.org"

var quiet = slog.New(slog.DiscardHandler)

// fill opens a store with receipts from first to before last in it.
func fill(t testing.TB, s *sqlite.Store, first, last int) {
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	for n := first; n < last; n++ {
		_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", n)))
		require.NoError(t, err)
	}
}

func open(t testing.TB) *sqlite.Store {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func keys(t testing.TB, dir string) receiptlog.Keys {
	k, err := receiptlog.LoadKeys(dir, origin, "")
	require.NoError(t, err)
	return k
}

// root is the root of the first n samples, worked out from all leaves.
func root(t *testing.T, n int) tlog.Hash {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i := range n {
		more, err := tlog.StoredHashes(int64(i), storetest.Receipt("reside", i).Commitment, read)
		require.NoError(t, err)
		stored = append(stored, more...)
	}
	sum, err := tlog.TreeHash(int64(n), read)
	require.NoError(t, err)
	return sum
}

func TestTheTreeIsTheOneOfItsLeavesHoweverItGrew(t *testing.T) {
	s := open(t)
	k := keys(t, t.TempDir())
	size := 0
	for _, step := range []int{1, 1, 2, 251, 1, 1, 255, 300} {
		fill(t, s, size, size+step)
		size += step
		// A log of its own each time: nothing is held in memory in between.
		l, err := receiptlog.New(t.Context(), s, k, quiet)
		require.NoError(t, err)
		require.NoError(t, l.Integrate(t.Context()))
		text, err := s.Checkpoint(t.Context())
		require.NoError(t, err)
		at, err := evidence.OpenCheckpoint(text, k.Public)
		require.NoError(t, err)
		assert.Equal(t, evidence.Checkpoint{Origin: origin, Size: int64(size), Root: root(t, size)}, at)
		for _, n := range []int{0, size / 2, size - 1} {
			proof, err := l.Proof(t.Context(), storetest.Receipt("reside", n).ID)
			require.NoError(t, err)
			path := make(tlog.RecordProof, len(proof.Path))
			for i, h := range proof.Path {
				path[i] = tlog.Hash(h)
			}
			require.NoError(t, tlog.CheckRecord(path, at.Size, at.Root, proof.Index, tlog.RecordHash(storetest.Receipt("reside", n).Commitment)))
		}
	}
}

func TestARunningLogTakesInWhatIsStoredAndWhatIsLeftAtItsEnd(t *testing.T) {
	s := open(t)
	l, err := receiptlog.New(t.Context(), s, keys(t, t.TempDir()), quiet)
	require.NoError(t, err)
	fill(t, s, 0, 3) // before it runs, and nobody wakes it
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	require.Eventually(t, func() bool { _, err := s.Index(t.Context(), storetest.Receipt("reside", 2).ID); return err == nil }, patience, tick)
	fill(t, s, 3, 4)
	l.Wake()
	require.Eventually(t, func() bool { _, err := s.Index(t.Context(), storetest.Receipt("reside", 3).ID); return err == nil }, patience, tick)
	fill(t, s, 4, 5)
	stop() // in the pause after that
	require.NoError(t, <-ended)
	_, err = s.Index(t.Context(), storetest.Receipt("reside", 4).ID)
	require.NoError(t, err)
}

// paused is a store whose log is asked for at certain times, and may hang.
type paused struct {
	receiptlog.Store
	began time.Time
	asked []time.Duration // after the beginning
	hangs bool
}

func (p *paused) Checkpoint(context.Context) (string, error) { return "", fault.NotFound }

func (p *paused) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	p.asked = append(p.asked, time.Since(p.began))
	if p.hangs {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return 0, nil
}

func TestALogThatIsStoppedIntegratesOnceMore(t *testing.T) {
	k := keys(t, t.TempDir())
	for _, c := range []struct {
		name  string
		stop  time.Duration
		hangs bool // from the stop on
		asked []time.Duration
		ended time.Duration
	}{
		{"in its pause", 200 * time.Millisecond, false, []time.Duration{0, 200 * time.Millisecond}, 200 * time.Millisecond},
		{"while it waits to be woken", 2 * time.Second, false, []time.Duration{0, 2 * time.Second}, 2 * time.Second},
		{"with a database that does not answer: not for ever", 200 * time.Millisecond, true, []time.Duration{0, 200 * time.Millisecond}, 10200 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &paused{began: time.Now()}
				l, err := receiptlog.New(t.Context(), s, k, quiet)
				require.NoError(t, err)
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- l.Run(ctx) }()
				time.Sleep(c.stop)
				s.hangs = c.hangs
				stop()
				require.NoError(t, <-ended)
				assert.Equal(t, c.asked, s.asked)
				assert.Equal(t, c.ended, time.Since(s.began))
			})
		})
	}
}

func TestARotatedKeySignsAndTheOneBeforeStillVerifies(t *testing.T) {
	s, dir := open(t), t.TempDir()
	before := keys(t, dir)
	l, err := receiptlog.New(t.Context(), s, before, quiet)
	require.NoError(t, err)
	fill(t, s, 0, 3)
	require.NoError(t, l.Integrate(t.Context()))
	old, err := s.Checkpoint(t.Context())
	require.NoError(t, err)

	after, err := receiptlog.Rotate(dir)
	require.NoError(t, err)
	require.Len(t, after.Public, 2)
	assert.Equal(t, before.Public[0], after.Public[1])
	assert.Equal(t, after.Public, keys(t, dir).Public, "the next start finds them")
	l, err = receiptlog.New(t.Context(), s, after, quiet)
	require.NoError(t, err)
	fill(t, s, 3, 5)
	require.NoError(t, l.Integrate(t.Context()))
	text, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	_, err = evidence.OpenCheckpoint(text, before.Public)
	require.ErrorIs(t, err, fault.Forbidden, "the old key does not sign any more")
	for _, checkpoint := range []string{old, text} {
		_, err = evidence.OpenCheckpoint(checkpoint, after.Public)
		require.NoError(t, err)
	}
}

func TestALostKeyIsReplacedAndTheLogGoesOn(t *testing.T) {
	s, dir := open(t), t.TempDir()
	l, err := receiptlog.New(t.Context(), s, keys(t, dir), quiet)
	require.NoError(t, err)
	fill(t, s, 0, 2)
	require.NoError(t, l.Integrate(t.Context()))
	require.NoError(t, os.Remove(filepath.Join(dir, "log.key")))

	_, err = receiptlog.LoadKeys(dir, origin, "")
	require.ErrorIs(t, err, fault.NotFound, "no key is made in silence where there was one")
	require.ErrorContains(t, err, "put it back from your backup")
	after, err := receiptlog.Rotate(dir)
	require.NoError(t, err)
	require.Len(t, after.Public, 2)
	l, err = receiptlog.New(t.Context(), s, after, quiet)
	require.NoError(t, err)
	fill(t, s, 2, 3)
	require.NoError(t, l.Integrate(t.Context()))
}

func TestTheKeyOfTheLogIsKeptToItself(t *testing.T) {
	dir := t.TempDir()
	keys(t, dir)
	info, err := os.Stat(filepath.Join(dir, "log.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	t.Run("a key from the environment is used in the place of the file", func(t *testing.T) {
		private, err := os.ReadFile(filepath.Join(dir, "log.key"))
		require.NoError(t, err)
		require.NoError(t, os.Rename(filepath.Join(dir, "log.key"), filepath.Join(dir, "elsewhere")))
		defer os.Rename(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "log.key"))
		k, err := receiptlog.LoadKeys(dir, origin, string(private))
		require.NoError(t, err)
		assert.Len(t, k.Public, 1)
	})
	for _, c := range []struct {
		name, file, text, want string
	}{
		{"a private key that is not one", "log.key", "x", "log.key: not a private key"},
		{"a public key that is not one", "log.pub", "x\n", "log.pub: \"x\" is not a public key"},
		{"no public key for the private one", "log.pub", "", "log.pub: the public key of log.key is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			defer os.WriteFile(path, kept, 0o600)
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			_, err = receiptlog.LoadKeys(dir, origin, "")
			require.ErrorContains(t, err, c.want)
			assert.False(t, strings.Contains(err.Error(), "PRIVATE"), "a key in an error")
		})
	}
}

func TestALogOfOtherKeysIsNotExtended(t *testing.T) {
	s := open(t)
	l, err := receiptlog.New(t.Context(), s, keys(t, t.TempDir()), quiet)
	require.NoError(t, err)
	fill(t, s, 0, 1)
	require.NoError(t, l.Integrate(t.Context()))
	_, err = receiptlog.New(t.Context(), s, keys(t, t.TempDir()), quiet)
	require.ErrorIs(t, err, fault.Conflict)
	require.ErrorContains(t, err, "put back the key files")
}

// broken is a store whose log can't be written for a while.
type broken struct {
	receiptlog.Store
	fails bool
	tried int
}

func (b *broken) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	b.tried++
	if b.fails {
		return 0, fault.Unavailable
	}
	return 0, nil
}

func (b *broken) Checkpoint(context.Context) (string, error) { return "", fault.NotFound }

func TestALogThatCouldNotBeExtendedIsTriedAgainAndToldOnce(t *testing.T) {
	k := keys(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		b := &broken{fails: true}
		l, err := receiptlog.New(t.Context(), b, k, slog.New(slog.NewTextHandler(&said, nil)))
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		go l.Run(ctx)
		for range 10 {
			wait()
		}
		assert.Greater(t, b.tried, 5)
		assert.Equal(t, 1, strings.Count(said.String(), "could not be extended"))
		b.fails = false
		wait()
		assert.Contains(t, said.String(), "extended again")
		stop()
		synctest.Wait()
	})
}
