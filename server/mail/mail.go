// Package mail writes the e-mails that a request causes and sees to it that
// they are delivered. [Letters] composes them; they are stored with the request,
// in one transaction. A [Deliverer] takes what is due from the store and hands
// it to a [Transport]: a folder of .eml files, or an SMTP server.
//
// A message is given to the transport at least once. It is tried again until
// that works; only a crash between the handing over and the note of it can make
// it go out twice, with the same Message-ID.
package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// Transport hands a message over to where it is sent from.
type Transport interface {
	// Deliver hands over m, dated date. When it returns without error, the
	// message is safe there. An error that concerns the transport and not this
	// message wraps [fault.Unavailable]. The text of no error has an e-mail
	// address in it.
	Deliver(ctx context.Context, m rights.Message, date time.Time) error
}

// Settings say where messages go, and from whom they are.
type Settings struct {
	// Server is smtps://[USER@]HOST[:PORT], with TLS from the start, or
	// smtp://[USER@]HOST[:PORT], with STARTTLS. Only on this machine, and without a
	// user to be authenticated, may a server do without. Empty, messages go to files.
	Server string
	// Password is of the server's user. Passwords are read from files, which often end with a line feed.
	Password string
	// From is the sender, as in "Privacy team <privacy@example.org>".
	From string
	// Outbox is the folder of the files, which is made if missing.
	Outbox string
	// Cleartext lets messages go in clear to a server elsewhere that offers no STARTTLS.
	Cleartext bool
}

// ErrNotEncrypted says that no connection to the mail server could be had that nobody
// else can read: it offers no STARTTLS, or its certificate is not its own. It wraps
// [fault.Unavailable]: nothing was sent, and the messages wait.
var ErrNotEncrypted = fmt.Errorf("no encrypted connection that can be trusted: %w", fault.Unavailable)

// NewTransport returns the transport for settings. Errors wrap [fault.Invalid] if
// a setting makes no sense.
func NewTransport(s Settings) (Transport, error) {
	sender, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, fmt.Errorf("sender of mail %q: want an e-mail address: %w", s.From, fault.Invalid)
	}
	if s.Server == "" {
		return newFolder(s.Outbox, sender)
	}
	if err := removeUnfinished(s.Outbox); err != nil {
		return nil, err
	}
	return newSMTP(s.Server, strings.TrimRight(s.Password, "\r\n"), sender, s.Cleartext)
}

// compose makes the RFC 5322 message.
func compose(m rights.Message, from *netmail.Address, date time.Time) (*gomail.Msg, error) {
	to, err := recipient(m.To)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: oneLine(from.Name), Address: from.Address})
	if err := msg.To(to); err != nil {
		return nil, fmt.Errorf("recipient: %w", fault.Invalid)
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(date)
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(name(m) + "@" + domain)
	// Holiday replies and the like are not wanted (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderContentLang, m.Language)
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	return msg, nil
}

// recipient checks that s is one bare address, and writes its domain in ASCII.
func recipient(s string) (string, error) {
	a, err := netmail.ParseAddress(s)
	at := strings.LastIndexByte(s, '@')
	if err != nil || a.Address != s || at < 0 {
		return "", fmt.Errorf("recipient is not one e-mail address: %w", fault.Invalid)
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil {
		return "", fmt.Errorf("recipient has no domain that can be looked up: %w", fault.Invalid)
	}
	return s[:at+1] + domain, nil
}

// oneLine makes s fit for a header.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// name tells a message from every other one, says nothing about a person, and
// can stand in a file name and in a Message-ID.
func name(m rights.Message) string {
	return notInNames.ReplaceAllString(fmt.Sprintf("%s-%s-%d", m.Request, m.Kind, m.ID), "-")
}
