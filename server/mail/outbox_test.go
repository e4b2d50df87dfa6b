package mail

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/auditlog"
	"latchkey/app/rights"
)

func TestTheMailOfARequestIsFoundByItsName(t *testing.T) {
	tr, dir := outbox(t)
	for id, reference := range map[int64]string{1: "LK-7F3K-Q2MD", 2: "LK-7F3K-Q2MD", 3: "LK-7F3K-Q2M0", 4: "LK-0000-0000"} {
		m := message
		m.ID, m.Request = id, reference
		require.NoError(t, tr.Deliver(t.Context(), m, date))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	n, err := Outbox{dir}.Forget("LK-7F3K-Q2MD")
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Len(t, files(t, dir), 3)
	n, err = Outbox{dir}.Forget("LK-7F3K-Q2MD", "", "LK-????-????", "../LK-0000-0000")
	require.NoError(t, err)
	assert.Zero(t, n, "it takes no pattern and no path")
	assert.Len(t, files(t, dir), 3)
	n, err = Outbox{filepath.Join(dir, "nowhere")}.Forget("LK-7F3K-Q2MD")
	require.NoError(t, err)
	assert.Zero(t, n)
}

func TestTheMailOfWhatWasErasedElsewhereIsSwept(t *testing.T) {
	s := queue(t, 3)
	tr, dir := outbox(t)
	for _, reference := range []string{"LK-TEST-0000", "LK-TEST-0001", "LK-NONE-0000"} {
		m := message
		m.Request = reference
		require.NoError(t, tr.Deliver(t.Context(), m, date))
	}
	for _, other := range []string{"notes.txt", "a-b.eml", "LK-TEST-0000-note.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, other), nil, 0o600))
	}
	n, err := Outbox{dir}.Sweep(t.Context(), s)
	require.NoError(t, err)
	assert.Zero(t, n)
	erase(t, s, "LK-TEST-0000")
	n, err = Outbox{dir}.Sweep(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Len(t, files(t, dir), 5, "those of other requests, of nobody knows what, and what is no mail of ours")
	n, err = Outbox{filepath.Join(dir, "nowhere")}.Sweep(t.Context(), s)
	require.NoError(t, err)
	assert.Zero(t, n)
}

func TestWhatACrashHasLeftOfAMessageGoesAlsoWithAMailServer(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".new-123"), []byte("Dear Siân"), 0o600))
	_, err := NewTransport(Settings{Server: "smtp://127.0.0.1:25", From: sender, Outbox: dir})
	require.NoError(t, err)
	assert.Empty(t, files(t, dir))
}

type eraser interface {
	EraseRequests(ctx context.Context, e auditlog.Erasing) (int, error)
}

func erase(t *testing.T, s eraser, reference string) {
	t.Helper()
	n, err := s.EraseRequests(t.Context(), auditlog.Erasing{References: []string{reference}, Reason: auditlog.ByCommand, Time: date})
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

// midway is a transport in which a request is erased while its message is handed over.
type midway struct {
	Transport
	erase func()
	fails error
}

func (m *midway) Deliver(ctx context.Context, message rights.Message, date time.Time) error {
	if m.erase != nil {
		m.erase()
		m.erase = nil
	}
	if m.fails != nil {
		return m.fails
	}
	return m.Transport.Deliver(ctx, message, date)
}

func TestARequestThatIsErasedWhileItsMailIsHandedOverLeavesNone(t *testing.T) {
	for _, fails := range []error{nil, assert.AnError} {
		s := queue(t, 2)
		tr, dir := outbox(t)
		var said bytes.Buffer
		c := &clock{t: start}
		d := NewDeliverer(s, &midway{tr, func() { erase(t, s, "LK-TEST-0000") }, fails}, c.now, slog.New(slog.NewTextHandler(&said, nil)))
		d.Erased = func(reference string) {
			_, err := Outbox{dir}.Forget(reference)
			require.NoError(t, err)
		}
		require.NoError(t, d.Deliver(t.Context()))
		for _, name := range files(t, dir) {
			assert.NotContains(t, name, "LK-TEST-0000")
		}
		assert.Contains(t, said.String(), "was erased while it was delivered")
		assert.NotContains(t, said.String(), "level=ERROR")
	}
}
