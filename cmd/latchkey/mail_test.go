package main

import (
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	smtpserver "github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// postbox is a mail server that keeps for whom it got a letter.
type postbox struct {
	mu      sync.Mutex
	from    string
	letters map[string]string // by recipient
}

func (p *postbox) NewSession(*smtpserver.Conn) (smtpserver.Session, error) {
	return &delivery{p, ""}, nil
}

type delivery struct {
	*postbox
	to string
}

func (d *delivery) Mail(from string, _ *smtpserver.MailOptions) error { d.from = from; return nil }
func (d *delivery) Rcpt(to string, _ *smtpserver.RcptOptions) error   { d.to = to; return nil }
func (d *delivery) Reset()                                            {}
func (d *delivery) Logout() error                                     { return nil }

func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters[d.to] = string(text)
	return err
}

// TestMailGoesToTheMailServer sends a request to a server that was started with --smtp.
func TestMailGoesToTheMailServer(t *testing.T) {
	box := &postbox{letters: map[string]string{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	mails := smtpserver.NewServer(box)
	go mails.Serve(l)
	t.Cleanup(func() { mails.Close() })

	data := t.TempDir()
	p := serve(t, data, "--smtp", "smtp://"+l.Addr().String(), "--mail-from", "privacy@connect.example")
	var sent struct{ Reference string }
	require.True(t, send(p.url+"/api/requests", map[string]any{"key": uuid.NewString(), "site": "connect", "request": map[string]any{
		"kind": "access", "what": "my repairs", "name": "A Tenant", "reply": "email", "email": "tenant@example.org",
	}}, &sent))
	until(t, "two letters", func() bool {
		box.mu.Lock()
		defer box.mu.Unlock()
		return len(box.letters) == 2
	})
	box.mu.Lock()
	defer box.mu.Unlock()
	assert.Equal(t, "privacy@connect.example", box.from)
	assert.Contains(t, box.letters, "tenant@example.org")
	for to, text := range box.letters {
		assert.Contains(t, text, sent.Reference, to)
		assert.NotContains(t, text, "my repairs", to)
	}
	files, err := filepath.Glob(filepath.Join(data, "outbox", "*"))
	require.NoError(t, err)
	assert.Empty(t, files, "and not to the folder")
}
