package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// TestNothingThatIsHandedOutOpensAReceipt collects everything that is made of a receipt for others to have, and tries
// to see, erase and join the history of its visitor with whatever stands in it.
func TestNothingThatIsHandedOutOpensAReceipt(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	p := serve(t, data, "--public-url", "https://privacy.example.org")
	edition, answers := question(t, p.url)
	of := chooses(t, p, edition, answers, 1_234_567)
	until(t, "its proof", func() bool { status, _ := p.get("/log/checkpoint"); return status == http.StatusOK })
	again := of.seen(t, p, of.token, "")
	require.Equal(t, http.StatusOK, again.status, "its visitor sees it")

	handed := map[string][]byte{
		"receipt file": of.seen(t, p, of.token, "/file").body,
		"JSON":         again.body,
		"JSON-LD":      of.seen(t, p, of.token, "", "Accept", "application/ld+json").body,
		"server's log": []byte(p.log()),
	}
	for _, format := range []string{"html", "json", "jsonld", "proof"} {
		handed["receipts show, "+format] = []byte(latchkey(t, "receipts", "show", of.receipt, "--data", data, "--format", format))
	}
	manifest := filepath.Join(dir, "receipts.manifest")
	for _, format := range []string{"csv", "json", "jsonl"} {
		handed["receipts export, "+format] = []byte(latchkey(t, "receipts", "export", "--data", data, "--format", format, "--manifest", manifest+"."+format))
	}
	handed["manifest of an export"] = read(t, manifest+".csv")
	handed["receipts list"] = []byte(latchkey(t, "receipts", "list", "--data", data))
	for _, path := range []string{"/log/checkpoint", "/log/tile/entries/000.p/1", "/log/tile/0/000.p/1"} {
		_, body := p.get(path)
		handed[path] = []byte(body)
	}
	// Whoever has the keys of a server can make a token for any receipt: they are not handed out.
	backup := filepath.Join(dir, "latchkey.backup")
	latchkey(t, "backup", "--data", data, "--without-keys", backup)
	for name, b := range unzipped(t, backup) {
		handed["backup, "+name] = b
	}

	sent := map[string]any{"event": of.event, "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0}
	words := regexp.MustCompile(`[A-Za-z0-9_=+/-]{16,512}`)
	whole := func(name string) bool { return bytes.Contains(handed[name], []byte(of.event)) }
	require.True(t, whole("receipt file") && whole("JSON") && whole("receipts export, json"), "they hold the event, which anybody can send again")
	for name, b := range handed {
		t.Run(name, func(t *testing.T) {
			assert.NotContains(t, string(b), of.token)
			assert.NotContains(t, string(b), of.secret)
			if !bytes.HasPrefix([]byte(name), []byte("backup, ")) {
				sender := consent.SenderOf(of.secret)
				for _, form := range []string{string(sender), base64.StdEncoding.EncodeToString(sender), base64.RawURLEncoding.EncodeToString(sender)} {
					assert.NotContains(t, string(b), form, "nor what is kept of the secret")
				}
			}
			tries := map[string]bool{"": true}
			for _, word := range words.FindAll(b, 200) {
				tries[string(word)] = true
			}
			if sum := consent.SenderOf(of.secret); bytes.Contains(b, sum) {
				tries[base64.RawURLEncoding.EncodeToString(sum)] = true
			}
			for try := range tries {
				require.NotEqual(t, http.StatusOK, of.seen(t, p, try, "").status, "seen with %q", try)
				replay := maps.Clone(sent)
				if len(try) == 22 {
					replay["secret"] = try
				}
				var got map[string]any
				status := submit(p.url+"/api/receipts", replay, &got)
				if status != http.StatusUnprocessableEntity { // a secret of another form
					require.Equal(t, http.StatusOK, status)
					require.NotContains(t, got, "token", "sent again with %q", try)
				}
			}
			join := maps.Clone(sent)
			join["event"], join["previous"], join["proof"] = uuid.NewString(), of.receipt, string(words.Find(b))
			var joined struct{ Receipt, Token string }
			require.Equal(t, http.StatusCreated, submit(p.url+"/api/receipts", join, &joined))
			stranger := chosen{receipt: joined.Receipt, token: joined.Token}
			stranger.erases(t, p)
		})
	}
	assert.Equal(t, http.StatusOK, of.seen(t, p, of.token, "").status, "it is there, after all that was tried")
	assert.NotContains(t, p.log(), of.token)
	assert.NotContains(t, p.log(), of.secret)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
}

// seenAnswer is what came back.
type seenAnswer struct {
	status int
	body   []byte
}

// seen asks for a receipt with a token.
func (c chosen) seen(t *testing.T, p *program, token, what string, headers ...string) seenAnswer {
	t.Helper()
	req, err := http.NewRequest("GET", p.url+"/api/receipts/"+c.receipt+what, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return seenAnswer{res.StatusCode, b}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	return b
}

func unzipped(t *testing.T, file string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	return files
}
