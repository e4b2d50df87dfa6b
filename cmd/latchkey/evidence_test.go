package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAReceiptIsShownAsItWasAfterEverythingHasChanged changes the banner, the
// notice and what the site declares after a choice, and finds the old words in
// every form in which the receipt can be shown.
func TestAReceiptIsShownAsItWasAfterEverythingHasChanged(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/groups/connect")))
	notices := filepath.Join(dir, "notices")
	source, err := os.ReadFile(filepath.Join(notices, "connect.2026-10-01.en-GB.md"))
	require.NoError(t, err)
	publish := func(version, words string) {
		require.NoError(t, os.RemoveAll(notices))
		require.NoError(t, os.Mkdir(notices, 0o755))
		text := strings.ReplaceAll(string(source), "2026-10-01", version)
		text = replaced(t, text, "For anything about your information", words)
		require.NoError(t, os.WriteFile(filepath.Join(notices, "notice.md"), []byte(text), 0o600))
	}
	publish("2020-01-01", "For anything old")

	p := serve(t, data, "--config", dir)
	edition, answers := question(t, p.url)
	var r struct{ Receipt string }
	require.True(t, send(p.url+"/api/receipts", map[string]any{
		"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
	}, &r))
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	show := func(format string) string {
		var stderr bytes.Buffer
		cmd := exec.Command("latchkey", "receipts", "show", r.Receipt, "--data", data, "--format", format)
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, stderr.String())
		return string(out)
	}
	before := map[string]string{}
	for _, format := range []string{"table", "csv", "json", "html", "jsonld"} {
		before[format] = show(format)
	}

	publish("2020-02-01", "For anything new")
	yaml, err := os.ReadFile(filepath.Join(dir, "group.yaml"))
	require.NoError(t, err)
	changed := string(yaml)
	for old, new := range map[string]string{
		"    name: Connect Housing\n": "    name: Other Homes\n", "205 Roundhay Road, Harehills, Leeds": "1 Other Road, Leeds",
		"address: 900 Harbour Drive":                        "address: 1 Other Drive",
		"Tells one visitor from another":                    "Does something else",
		"data: [identifier, browsing, browser, ip-address]": "data: [profile]",
	} {
		changed = replaced(t, changed, old, new)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "group.yaml"), []byte(changed), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "locales", "en-GB.yaml"), []byte("banner.title: New words about {site}\n"), 0o600))
	p = serve(t, data, "--config", dir)
	now, _ := question(t, p.url)
	require.NotEqual(t, edition, now, "something else is shown now")
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())

	for format, want := range before {
		// A batch may have put the receipt into the log meanwhile.
		got, want := withoutIndex(show(format)), withoutIndex(want)
		assert.Equal(t, want, got, "as %s", format)
	}
	for _, words := range []string{
		"Cookies on Connect Housing", "For anything old", "version 2020-01-01", "205 Roundhay Road", "900 Harbour Drive", "Tells one visitor from another", "IP address",
	} {
		assert.Contains(t, show("html"), words)
	}
	for _, words := range []string{"Other Homes", "New words", "For anything new", "1 Other", "Does something else"} {
		assert.NotContains(t, show("html"), words)
	}
}

// replaced replaces a text that is there.
func replaced(t *testing.T, text, old, new string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.ReplaceAll(text, old, new)
}

func withoutIndex(s string) string {
	return strings.NewReplacer(`,"index":0`, "", "leaf 0", "not in the log yet").Replace(s)
}
