package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/sqlite"
)

// verify runs "latchkey verify" with args in this process.
func verify(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append([]string{"verify"}, args...), strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// evidenceVectors are receipt files that were made once.
func evidenceVectors(t *testing.T) (keys []string, files map[string]string) {
	t.Helper()
	var v struct {
		Keys  []string
		Files []struct{ Name, File string }
	}
	b, err := os.ReadFile("../../testdata/vectors/evidence.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &v))
	files = map[string]string{}
	for _, f := range v.Files {
		files[f.Name] = f.File
	}
	return v.Keys, files
}

func TestAReceiptFileIsJudged(t *testing.T) {
	keys, files := evidenceVectors(t)
	list := filepath.Join(t.TempDir(), "log.pub")
	require.NoError(t, os.WriteFile(list, []byte("# keys of the log\n"+strings.Join(keys, "\n")+"\n"), 0o600))
	genuine := files["with its proof"]
	require.Contains(t, genuine, `"statistics":"no"`)
	for _, tt := range []struct {
		name, file string
		args       []string
		code       int
		says       []string
	}{
		{"genuine, by one key", genuine, []string{"--key", keys[0]}, 0,
			[]string{"This receipt is genuine.", "marketing: yes", "statistics: no", "23 November 2026", "Reside Housing Association Limited (reside)", "log.example.org, leaf 0 of 9", "log.example.org+b3d4ba39\n"}},
		{"genuine, by a file of keys", genuine, []string{"--key", "@" + list}, 0, []string{"This receipt is genuine."}},
		{"by the wrong key", genuine, []string{"--key", keys[1]}, 1, []string{"not genuine", "signed by none of the 1 public keys given.\n"}},
		{"changed", strings.Replace(genuine, `"statistics":"no"`, `"statistics":"yes"`, 1), []string{"--key", keys[0]}, 1, []string{"not genuine", "does not hold this receipt at leaf 0.\n"}},
		{"no receipt at all", "{}", []string{"--key", keys[0]}, 1, []string{"This is not a receipt file", "format", "--format proof"}},
		{"no JSON at all", "<!doctype html>", []string{"--key", keys[0]}, 1, []string{"This is not a receipt file", "says nothing against the receipt"}},
		{"without a proof yet", files["without a proof yet"], []string{"--key", keys[0]}, 2, []string{"can't be proved yet", "without proof:", "marketing: no"}},
		{"genuine, as JSON", genuine, []string{"--key", keys[0], "--json"}, 0, []string{`{"result":"genuine","receipt":{`, `"index":0`, `"size":9`, `"signers":["log.example.org+b3d4ba39"]`}},
		{"pending, as JSON", files["without a proof yet"], []string{"--key", keys[0], "--json"}, 2, []string{`{"result":"pending","receipt":{`}},
		{"changed, as JSON", genuine[1:], []string{"--key", keys[0], "--json"}, 1, []string{`{"result":"not-genuine","why":"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := verify(t, tt.file, append([]string{"receipt", "-"}, tt.args...)...)
			assert.Equal(t, tt.code, code)
			for _, want := range tt.says {
				assert.Contains(t, out, want)
			}
			assert.Empty(t, errs)
			if tt.code == 1 {
				assert.NotContains(t, out, "Reside")
			}
			path := filepath.Join(t.TempDir(), "receipt.json")
			require.NoError(t, os.WriteFile(path, []byte(tt.file), 0o600))
			again, same, _ := verify(t, "", append([]string{"receipt", path}, tt.args...)...)
			assert.Equal(t, code, again)
			assert.Equal(t, out, same)
		})
	}
	t.Run("without a key nothing is judged", func(t *testing.T) {
		code, out, errs := verify(t, genuine, "receipt", "-")
		assert.Equal(t, 2, code)
		assert.Empty(t, out)
		assert.Contains(t, errs, "--key")
	})
	t.Run("a file that is not there is no verdict", func(t *testing.T) {
		code, out, errs := verify(t, "", "receipt", "nowhere.json", "--key", keys[0])
		assert.Equal(t, 1, code)
		assert.Empty(t, out)
		assert.Contains(t, errs, "receipt file: open nowhere.json")
	})
}

// A website that has no log must not pass for one whose log holds.
func TestNoLogIsNoLogThatHolds(t *testing.T) {
	keys, _ := evidenceVectors(t)
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	for _, args := range [][]string{nil, {"--json"}} {
		code, out, errs := verify(t, "", append([]string{"log", elsewhere.URL + "/", "--key", keys[0]}, args...)...)
		assert.Equal(t, 1, code)
		assert.Empty(t, out)
		assert.Contains(t, errs, "there is no log at "+elsewhere.URL+"/log/")
	}
}

// From a visitor's choice to the proof of it, with nothing but what is public.
func TestAChoiceCanBeProvedFromOutside(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	p := serve(t, data)
	edition, answers := question(t, p.url)
	get := func(path, token string) (string, int) {
		req, err := http.NewRequest("GET", p.url+path, nil)
		require.NoError(t, err)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(b), res.StatusCode
	}
	choose := func() (id, token string) {
		var got struct{ Receipt, Token string }
		require.True(t, send(p.url+"/api/receipts", map[string]any{
			"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
		}, &got))
		return got.Receipt, got.Token
	}
	first, token := choose()
	file := ""
	until(t, "the proof", func() bool {
		file, _ = get("/api/receipts/"+first+"/file", token)
		return strings.Contains(file, `"proof"`)
	})
	keys, _ := get("/log/keys", "")
	list := "@" + filepath.Join(dir, "log.pub")
	require.NoError(t, os.WriteFile(list[1:], []byte(keys), 0o600))
	code, out, _ := verify(t, file, "receipt", "-", "--key", list)
	assert.Zero(t, code, out)
	assert.Contains(t, out, first)

	// The same file is had from the database, for whoever answers for the choice.
	var shown bytes.Buffer
	require.Zero(t, run(context.Background(), []string{"receipts", "show", first, "--data", data, "--format", "proof"}, nil, &shown, &shown), shown.String())
	code, again, _ := verify(t, shown.String(), "receipt", "-", "--key", list)
	assert.Zero(t, code, again)
	assert.Equal(t, out, again)

	old, status := get("/log/checkpoint", "")
	require.Equal(t, http.StatusOK, status)
	from := filepath.Join(dir, "checkpoint")
	require.NoError(t, os.WriteFile(from, []byte(old), 0o600))
	for range 5 {
		choose()
	}
	until(t, "the larger log", func() bool {
		now, _ := get("/log/checkpoint", "")
		return strings.Contains(now, "\n6\n")
	})
	code, out, errs := verify(t, "", "log", p.url, "--from", from, "--key", list)
	assert.Zero(t, code, out+errs)
	assert.Contains(t, out, "The log holds.")
	assert.Contains(t, out, "Extends           the checkpoint in "+from)
	code, out, errs = verify(t, "", "log", data, "--from", from, "--key", list)
	assert.Zero(t, code, "while the server runs: %s%s", out, errs)
	assert.Contains(t, out, "6, each checked against its leaf; 0 erased; 0 entries wait")

	assert.Zero(t, p.stop(syscall.SIGTERM))
	db, err := sql.Open("sqlite", filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	_, err = db.Exec(`DROP TRIGGER entries_only_erased; UPDATE entries SET time = time - 86400000 WHERE seq = 3`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	code, out, _ = verify(t, "", "log", data, "--key", list)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "The log does not hold. Problems found: 1.")
	assert.Contains(t, out, "leaf 2, receipt ")
	code, out, _ = verify(t, "", "log", data, "--key", list, "--json")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, `"problems":[{"where":"leaf 2, receipt `)

	code, out, errs = verify(t, "", "log", p.url, "--key", list)
	assert.Equal(t, 1, code)
	assert.Empty(t, out, "no verdict on what can't be read")
	assert.Contains(t, errs, "could not be checked to its end")
}
