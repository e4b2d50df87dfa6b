package mail

import (
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// header reads a header field as a person would see it.
func header(t *testing.T, msg *netmail.Message, name string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name))
	require.NoError(t, err)
	return s
}

// body reads a message's text, with line feeds.
func body(t *testing.T, msg *netmail.Message) string {
	t.Helper()
	require.Equal(t, "quoted-printable", msg.Header.Get("Content-Transfer-Encoding"))
	require.Equal(t, "text/plain; charset=UTF-8", msg.Header.Get("Content-Type"))
	b, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// outbox makes a folder transport.
func outbox(t *testing.T) (tr Transport, dir string) {
	dir = filepath.Join(t.TempDir(), "outbox")
	tr, err := NewTransport(Settings{From: sender, Outbox: dir})
	require.NoError(t, err)
	return tr, dir
}

// files lists the names in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFolderWritesAMessageThatReadsBack(t *testing.T) {
	tr, dir := outbox(t)
	require.NoError(t, tr.Deliver(t.Context(), message, date))
	require.NoError(t, tr.Deliver(t.Context(), message, date), "the same again is the same file")
	want := "LK-7F3K-Q2MD-acknowledgement-7.eml"
	assert.Equal(t, []string{want}, files(t, dir))
	text, err := os.ReadFile(filepath.Join(dir, want))
	require.NoError(t, err)
	checkMessage(t, string(text))
	info, err := os.Stat(filepath.Join(dir, want))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestFolderStaysWithinItself(t *testing.T) {
	tr, dir := outbox(t)
	m := message
	m.Request, m.Kind = "../../LK", "x/y\n"
	require.NoError(t, tr.Deliver(t.Context(), m, date))
	assert.Equal(t, []string{"-LK-x-y--7.eml"}, files(t, dir))
}

func TestFolderThatCannotBeWrittenIsUnavailable(t *testing.T) {
	tr, dir := outbox(t)
	require.NoError(t, os.Remove(dir))
	assert.ErrorIs(t, tr.Deliver(t.Context(), message, date), fault.Unavailable)
}

func TestFolderRemovesWhatACrashLeftHalfWritten(t *testing.T) {
	_, dir := outbox(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".new-1234"), []byte("half"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "LK-1.eml"), []byte("whole"), 0o600))
	_, err := NewTransport(Settings{From: sender, Outbox: dir})
	require.NoError(t, err)
	assert.Equal(t, []string{"LK-1.eml"}, files(t, dir))
}

func TestNothingAddsAHeaderOrARecipient(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*rights.Message)
		taken  bool
	}{
		{"a subject with a line break", func(m *rights.Message) { m.Subject = "Hello\r\nBcc: evil@example.com\r\n\r\nText" }, true},
		{"a subject with an encoded word", func(m *rights.Message) { m.Subject = "=?utf-8?q?a=0D=0ABcc:_evil@example.com?=" }, true},
		{"a language with a line break", func(m *rights.Message) { m.Language = "cy\r\nBcc: evil@example.com" }, true},
		{"a text that looks like a header", func(m *rights.Message) { m.Body = "\r\nBcc: evil@example.com\r\n" }, true},
		{"a kind and reference with line breaks", func(m *rights.Message) { m.Request, m.Kind = "LK\r\nBcc: evil@example.com", "a\nb" }, true},
		{"a recipient with a line break", func(m *rights.Message) { m.To = "sian@example.org\r\nBcc: evil@example.com" }, false},
		{"two recipients", func(m *rights.Message) { m.To = "sian@example.org, evil@example.com" }, false},
		{"a recipient with a name", func(m *rights.Message) { m.To = "Siân <sian@example.org>" }, false},
		{"no recipient", func(m *rights.Message) { m.To = "" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr, dir := outbox(t)
			m := message
			c.change(&m)
			err := tr.Deliver(t.Context(), m, date)
			if !c.taken {
				require.ErrorIs(t, err, fault.Invalid)
				assert.NotContains(t, err.Error(), "@")
				assert.Empty(t, files(t, dir))
				return
			}
			require.NoError(t, err)
			names := files(t, dir)
			require.Len(t, names, 1)
			text, err := os.ReadFile(filepath.Join(dir, names[0]))
			require.NoError(t, err)
			msg, err := netmail.ReadMessage(strings.NewReader(string(text)))
			require.NoError(t, err)
			var got []string
			for name := range msg.Header {
				got = append(got, name)
			}
			assert.ElementsMatch(t, []string{"Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}, got)
			assert.Equal(t, "<sian@example.org>", msg.Header.Get("To"))
		})
	}
}

func TestADomainInOtherLettersIsWrittenInASCII(t *testing.T) {
	got, err := recipient("post@tŷ.example")
	require.NoError(t, err)
	assert.Equal(t, "post@xn--t-foa.example", got)
}
