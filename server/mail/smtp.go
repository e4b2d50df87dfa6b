package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// smtpTimeout bounds each step of talking to a mail server.
const smtpTimeout = 20 * time.Second

// smtp is the transport that hands messages to a mail server, one connection
// for each.
type smtp struct {
	host    string
	from    *netmail.Address
	tls     *tls.Config
	options []gomail.Option
}

func newSMTP(server, password string, from *netmail.Address, cleartext bool) (*smtp, error) {
	bad := func(why string) (*smtp, error) {
		return nil, fmt.Errorf("mail server: %s; want smtps://USER@HOST:PORT or smtp://HOST:PORT: %w", why, fault.Invalid)
	}
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return bad("not an address")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return bad("more than a host and a port")
	}
	if _, has := u.User.Password(); has {
		// It would stand in the list of processes.
		return bad("the password does not belong in the address")
	}
	user := u.User.Username()
	if (user == "") != (password == "") {
		return bad("a user needs a password, and a password a user")
	}
	port := 25
	var encryption gomail.Option
	switch {
	case u.Scheme == "smtps":
		port, encryption = 465, gomail.WithSSL()
	case u.Scheme == "smtp" && user == "" && (cleartext || loopback(u.Hostname())):
		encryption = gomail.WithTLSPolicy(gomail.TLSOpportunistic)
	case u.Scheme == "smtp": // also because whoever is in between can take the offer of STARTTLS away (RFC 3207, section 6)
		encryption = gomail.WithTLSPolicy(gomail.TLSMandatory)
	default:
		return bad("scheme " + strconv.Quote(u.Scheme))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return bad("port " + strconv.Quote(u.Port()))
		}
	}
	s := &smtp{host: u.Hostname(), from: from, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	s.options = []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(smtpTimeout), gomail.WithTLSConfig(s.tls), encryption}
	if user != "" {
		s.options = append(s.options,
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	return s, nil
}

// Deliver sends m.
func (s *smtp) Deliver(ctx context.Context, m rights.Message, date time.Time) error {
	msg, err := compose(m, s.from, date)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		kind := fault.Unavailable
		if notEncrypted(err) {
			kind = ErrNotEncrypted
		}
		return fmt.Errorf("mail server: %s: %w", withoutAddresses(err), kind)
	}
	defer conn.Close()
	err = client.SendWithSMTPClient(conn, msg)
	if msg.IsDelivered() {
		// The server has taken it; what went wrong in saying goodbye doesn't matter.
		_ = conn.Quit()
		return nil
	}
	return fmt.Errorf("mail server: %s", withoutAddresses(err))
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// notEncrypted reports whether a connection failed because it would not have been
// encrypted for the server alone.
func notEncrypted(err error) bool {
	_, foreign := errors.AsType[*tls.CertificateVerificationError](err)
	return foreign || strings.Contains(err.Error(), "does not support STARTTLS") // the library has no error of its own for it
}

var addressLike = regexp.MustCompile(`\S*@\S*`)

// withoutAddresses is the text of an error, fit for a log. Servers like to
// repeat the recipient in what they answer, so of an answer only its codes stay.
func withoutAddresses(err error) string {
	if refused, ok := errors.AsType[*gomail.SendError](err); ok && refused.ErrorCode() != 0 {
		return fmt.Sprintf("%s: refused with code %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	}
	if err == nil {
		return "not delivered, without a reason"
	}
	return addressLike.ReplaceAllString(err.Error(), "(address)")
}
