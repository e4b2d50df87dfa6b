package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	smtpserver "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

var (
	date    = time.Date(2026, time.November, 23, 10, 15, 30, 0, time.UTC)
	message = rights.Message{
		ID: 7, Request: "LK-7F3K-Q2MD", Kind: "acknowledgement", To: "sian@example.org", Language: "cy",
		Subject: "Eich cais – LK-7F3K-Q2MD: tŷ", Body: "Diolch.\n\nŵ ŷ – " + strings.Repeat("llinell hir ", 30) + "\n.\nDiwedd\n",
	}
)

const sender = "Tîm preifatrwydd <privacy@example.org>"

// server is a real SMTP server that keeps what it gets.
type server struct {
	refuse   error  // answer to RCPT TO
	password string // required if not empty

	mu   sync.Mutex
	mail []letter
}

type letter struct {
	from, to, text string
	encrypted      bool
}

func (s *server) received() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mail
}

type session struct {
	*server
	conn   *smtpserver.Conn
	authed bool
	letter letter
}

func (s *session) AuthMechanisms() []string {
	if s.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "latchkey" || password != s.password {
			return smtpserver.ErrAuthFailed
		}
		s.authed = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtpserver.MailOptions) error {
	if s.password != "" && !s.authed {
		return smtpserver.ErrAuthRequired
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.letter = letter{from: from, encrypted: encrypted}
	return nil
}

func (s *session) Rcpt(to string, _ *smtpserver.RcptOptions) error {
	s.letter.to = to
	return s.refuse
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.letter.text = string(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail, s.letter)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// listen starts s on an address; with encryption if a certificate is given.
func (s *server) listen(t *testing.T, address string, certificate *tls.Certificate, implicit bool) (addr string) {
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	srv := smtpserver.NewServer(smtpserver.BackendFunc(func(c *smtpserver.Conn) (smtpserver.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.ErrorLog = discard{}
	addr = l.Addr().String()
	if certificate != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		if implicit {
			l = tls.NewListener(l, srv.TLSConfig)
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return addr
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// certificate makes a certificate for 127.0.0.1, and for names, and the pool that trusts it.
func certificate(t *testing.T, names ...string) (*tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: names, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func transport(t *testing.T, address, password string, trusted *x509.CertPool) *smtp {
	tr, err := NewTransport(Settings{Server: address, Password: password, From: sender})
	require.NoError(t, err)
	s := tr.(*smtp)
	s.tls.RootCAs = trusted
	return s
}

func TestSMTPDelivers(t *testing.T) {
	cert, pool := certificate(t)
	for _, c := range []struct {
		name      string
		cert      *tls.Certificate
		implicit  bool
		scheme    string
		password  string
		encrypted bool
	}{
		{"in clear to a server that offers nothing else", nil, false, "smtp://", "", false},
		{"with STARTTLS where it is offered", cert, false, "smtp://", "", true},
		{"with TLS from the start", cert, true, "smtps://", "", true},
		{"with STARTTLS and a password", cert, false, "smtp://latchkey@", "secret", true},
		{"with TLS from the start and a password", cert, true, "smtps://latchkey@", "secret", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := &server{password: c.password}
			address := srv.listen(t, "127.0.0.1:0", c.cert, c.implicit)
			password := c.password
			if password != "" {
				password += "\n"
			}
			require.NoError(t, transport(t, c.scheme+address, password, pool).Deliver(t.Context(), message, date))
			got := srv.received()
			require.Len(t, got, 1)
			assert.Equal(t, c.encrypted, got[0].encrypted)
			assert.Equal(t, "privacy@example.org", got[0].from)
			assert.Equal(t, message.To, got[0].to)
			checkMessage(t, got[0].text)
		})
	}
}

func TestSMTPFails(t *testing.T) {
	cert, pool := certificate(t)
	other, _ := certificate(t)
	real := func(s *server, cert *tls.Certificate) func(*testing.T) string {
		return func(t *testing.T) string { return s.listen(t, "127.0.0.1:0", cert, false) }
	}
	for _, c := range []struct {
		name     string
		address  func(*testing.T) string
		user     string
		password string
		server   bool // it is the server's fault, not the message's
		says     string
	}{
		{"the recipient is refused for good", real(&server{refuse: &smtpserver.SMTPError{Code: 550, EnhancedCode: smtpserver.EnhancedCode{5, 1, 1}, Message: "no sian@example.org here"}}, nil), "", "", false, "RCPT TO command: refused with code 550 5.1.1"},
		{"the recipient is refused for now", real(&server{refuse: &smtpserver.SMTPError{Code: 451, EnhancedCode: smtpserver.EnhancedCode{4, 2, 0}, Message: "<sian@example.org> later"}}, nil), "", "", false, "code 451 4.2.0"},
		{"the password is wrong", real(&server{password: "secret"}, cert), "latchkey@", "wrong", true, ""},
		{"a password would go in clear", real(&server{password: "secret"}, nil), "latchkey@", "secret", true, ""},
		{"the certificate is nobody's", real(&server{}, other), "", "", true, "certificate"},
		{"nobody listens", closedPort, "", "", true, "refused"},
		{"the server greets and drops the line", scripted("220 hello"), "", "", true, ""},
		{"the server says it is busy", scripted("421 later"), "", "", true, "421"},
		{"the server drops the line at the end of the text", scripted("220 hello", "250 hello", "250 ok", "250 ok", "250 ok", "354 go on"), "", "", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := transport(t, "smtp://"+c.user+c.address(t), c.password, pool).Deliver(t.Context(), message, date)
			require.Error(t, err)
			assert.Equal(t, c.server, errors.Is(err, fault.Unavailable), "%v", err)
			assert.Contains(t, err.Error(), c.says)
			assert.NotContains(t, err.Error(), "@")
			assert.NotContains(t, err.Error(), "sian")
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

// elsewhere is a transport to a server under a name of another machine, which
// leads to an address of this one.
func elsewhere(t *testing.T, scheme, address string, trusted *x509.CertPool, cleartext bool) *smtp {
	tr, err := NewTransport(Settings{Server: scheme + "mail.example.org", From: sender, Cleartext: cleartext})
	require.NoError(t, err)
	s := tr.(*smtp)
	s.tls.RootCAs = trusted
	s.options = append(s.options, gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}))
	return s
}

// TestMailToAnotherMachineIsEncryptedOrWaits has mail servers on another machine, of which
// some are not what they should be.
func TestMailToAnotherMachineIsEncryptedOrWaits(t *testing.T) {
	named, pool := certificate(t, "mail.example.org")
	other, _ := certificate(t, "mail.example.org")
	wrong, wrongPool := certificate(t, "mail.elsewhere.example")
	for _, c := range []struct {
		name      string
		cert      *tls.Certificate
		trusted   *x509.CertPool
		cleartext bool
		taken     bool
		encrypted bool
	}{
		{"it offers STARTTLS", named, pool, false, true, true},
		{"it offers none", nil, nil, false, false, false},
		{"it offers none, and may do without", nil, nil, true, true, false},
		{"it offers STARTTLS, and may do without", named, pool, true, true, true},
		{"its certificate is nobody's", other, pool, false, false, false},
		{"its certificate is nobody's, and it may do without", other, pool, true, false, false},
		{"its certificate is another server's", wrong, wrongPool, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := &server{}
			tr := elsewhere(t, "smtp://", srv.listen(t, "127.0.0.1:0", c.cert, false), c.trusted, c.cleartext)
			q, log := queue(t, 1), &strings.Builder{}
			d := NewDeliverer(q, tr, func() time.Time { return start }, slog.New(slog.NewTextHandler(log, nil)))
			require.NoError(t, d.Deliver(t.Context()))
			waiting, err := q.DueMessages(t.Context(), start.Add(48*time.Hour), 10)
			require.NoError(t, err)
			if !c.taken {
				assert.Empty(t, srv.received(), "nothing was said")
				assert.Contains(t, log.String(), "level=ERROR")
				assert.Contains(t, log.String(), "no encrypted connection that can be trusted")
				assert.NotContains(t, log.String(), "sian")
				assert.Len(t, waiting, 2, "both messages wait")
				assert.ErrorIs(t, tr.Deliver(t.Context(), message, date), ErrNotEncrypted)
				return
			}
			require.Len(t, srv.received(), 1)
			assert.Equal(t, c.encrypted, srv.received()[0].encrypted)
			assert.Len(t, waiting, 1, "the other is not due yet")
		})
	}
}

func TestOnlyThisMachineMayDoWithoutEncryption(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true, "::ffff:127.0.0.1": true,
		"mail": false, "10.0.0.5": false, "192.168.1.1": false, "localhost.example.org": false, "0.0.0.0": false, "127.0.0.1.example.org": false,
	} {
		assert.Equal(t, want, loopback(host), host)
	}
}

func TestSMTPCountsWhatTheServerTook(t *testing.T) {
	// NOOP, MAIL, RCPT, DATA, the text: then the line is dropped.
	address := scripted("220 hello", "250 hello", "250 ok", "250 ok", "250 ok", "354 go on", "250 taken")(t)
	require.NoError(t, transport(t, "smtp://"+address, "", nil).Deliver(t.Context(), message, date))
}

func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// scripted starts a server that says these lines, one for each command (or
// text) it gets after the first, and drops the line.
func scripted(lines ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			in := bufio.NewScanner(conn)
			for i, line := range lines {
				fmt.Fprintf(conn, "%s\r\n", line)
				if i == len(lines)-1 && len(lines) < 7 {
					return
				}
				for in.Scan() && strings.HasPrefix(lines[i], "354") && in.Text() != "." {
				}
			}
		}()
		return l.Addr().String()
	}
}

func TestNewTransportRefusesSettingsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, server, password, from string }{
		{"no scheme", "mail.example.org:25", "", sender},
		{"another scheme", "https://mail.example.org", "", sender},
		{"no host", "smtp://:25", "", sender},
		{"a port that is none", "smtp://mail.example.org:70000", "", sender},
		{"a path", "smtp://mail.example.org/in", "", sender},
		{"a password in the address", "smtps://a:b@mail.example.org", "b", sender},
		{"a user without a password", "smtps://a@mail.example.org", "", sender},
		{"a password without a user", "smtps://mail.example.org", "b", sender},
		{"a sender that is no address", "smtp://mail.example.org", "", "privacy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewTransport(Settings{Server: c.server, Password: c.password, From: c.from, Outbox: t.TempDir()})
			assert.ErrorIs(t, err, fault.Invalid)
		})
	}
}

// checkMessage holds a message as it arrived to the sample.
func checkMessage(t *testing.T, text string) *netmail.Message {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, message.Subject, header(t, msg, "Subject"))
	assert.Equal(t, `=?utf-8?q?T=C3=AEm_preifatrwydd?= <privacy@example.org>`, msg.Header.Get("From"))
	assert.Equal(t, "<sian@example.org>", msg.Header.Get("To"))
	assert.Equal(t, "<LK-7F3K-Q2MD-acknowledgement-7@example.org>", msg.Header.Get("Message-ID"))
	assert.Equal(t, "auto-generated", msg.Header.Get("Auto-Submitted"))
	assert.Equal(t, "cy", msg.Header.Get("Content-Language"))
	when, err := msg.Header.Date()
	require.NoError(t, err)
	assert.True(t, date.Equal(when))
	assert.Equal(t, message.Body, body(t, msg))
	for line := range strings.SplitSeq(text, "\r\n") {
		assert.LessOrEqual(t, len(line), 998, "RFC 5322, 2.1.1")
	}
	return msg
}
