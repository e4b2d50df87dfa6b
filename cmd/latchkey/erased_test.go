package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// chosen is a choice of a visitor who will want it gone, with all by which it could be known.
type chosen struct {
	event, receipt, token, secret string
	age                           int
}

// chooses makes a choice unlike any other.
func chooses(t *testing.T, p *program, edition string, answers map[string]string, age int) chosen {
	t.Helper()
	random := uuid.New()
	c := chosen{event: uuid.NewString(), secret: base64.RawURLEncoding.EncodeToString(random[:]), age: age}
	var r struct{ Receipt, Token string }
	require.True(t, send(p.url+"/api/receipts", map[string]any{
		"event": c.event, "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": age, "secret": c.secret,
	}, &r))
	c.receipt, c.token = r.Receipt, r.Token
	return c
}

// erases is the visitor's press on the button of the receipt page.
func (c chosen) erases(t *testing.T, p *program) {
	t.Helper()
	form := url.Values{"code": {c.receipt + "." + c.token}, "confirm": {"erase"}}
	req, err := http.NewRequest("POST", p.url+"/connect/receipt?lang=en-GB", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(page), "Your receipt is erased")
}

func (c chosen) traces() map[string][]byte {
	event, receipt := uuid.MustParse(c.event), uuid.MustParse(c.receipt)
	return map[string][]byte{
		"event in words": []byte(c.event), "event": event[:], "receipt in words": []byte(c.receipt), "receipt": receipt[:],
		"token": []byte(c.token), "secret": []byte(c.secret), "choice": fmt.Appendf(nil, `"age":%d`, c.age),
	}
}

// remains lists what is left of a choice in every file of a folder, whatever it is called.
func (c chosen) remains(t *testing.T, dir string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !e.Type().IsRegular() {
			return nil // a database makes files and takes them away
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for what, trace := range c.traces() {
			if bytes.Contains(b, trace) {
				found = append(found, what+" in "+filepath.Base(path))
			}
		}
		return err
	}))
	return found
}

// TestWhatAVisitorHasErasedIsInNoFile searches the data folder by bytes, whenever the server is killed.
func TestWhatAVisitorHasErasedIsInNoFile(t *testing.T) {
	kill := func(t *testing.T, p *program) {
		require.NoError(t, p.cmd.Process.Kill())
		p.cmd.Wait()
	}
	for _, c := range []struct {
		name    string
		more    int // receipts after the erasure
		restart bool
	}{
		{"killed at once", 0, false},
		{"killed at once, and started again", 0, true},
		{"killed after 200 more receipts", 200, false},
		{"killed after 200 more receipts, and started again", 200, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			p := serve(t, data)
			edition, answers := question(t, p.url)
			for range 100 {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			}
			gone := chooses(t, p, edition, answers, 1_234_567)
			for range 50 {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			}
			require.NotEmpty(t, gone.remains(t, data), "it is looked for in the right place")
			gone.erases(t, p)
			for range c.more {
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
			}
			kill(t, p)
			if c.restart {
				kill(t, serve(t, data))
			}
			assert.Empty(t, gone.remains(t, data))
			assert.NotContains(t, p.log(), gone.event)
			assert.NotContains(t, p.log(), gone.receipt)
		})
	}
}

// TestWhatRetentionHasErasedIsInNoFile has a server purge by a clock that it can believe, and kills it.
func TestWhatRetentionHasErasedIsInNoFile(t *testing.T) {
	const month = 31 * 24 * time.Hour
	cluster := pgtest.Own(t, "wal_recycle=off")
	for _, c := range []struct{ name, database, files string }{
		{"SQLite", "", ""},
		{"PostgreSQL", cluster.Database(t), cluster.Folder()},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			serving := func(ahead time.Duration) *program {
				return started(t, byClock(ahead, "serve", "--config", "../../testdata/groups", "--data", data, "--database", c.database, "--addr", "127.0.0.1:0"))
			}
			p := serving(0)
			edition, answers := question(t, p.url)
			gone := chooses(t, p, edition, answers, 1_234_567)
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			const later = 25 * month
			store, err := openStore(t.Context(), c.database, data)
			require.NoError(t, err)
			require.NoError(t, store.KeepLastPurge(t.Context(), now().Add(later-24*time.Hour)), "as a server has that has run since")
			require.NoError(t, store.Close())
			p = serving(later)
			dir := data
			if c.files != "" {
				dir = c.files
			}
			until(t, "the purge to be done", func() bool { return strings.Contains(p.log(), "receipts were erased") })
			until(t, "nothing to be left", func() bool { return len(gone.remains(t, dir)) == 0 })
			require.NoError(t, p.cmd.Process.Kill())
			p.cmd.Wait()
			assert.Empty(t, gone.remains(t, dir))
		})
	}
}
