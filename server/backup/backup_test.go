package backup_test

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/backup"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

var at = time.Date(2026, time.November, 24, 3, 0, 0, 0, time.UTC)

// deployment is a data folder with a server's things in it.
type deployment struct {
	data  string
	store *sqlite.Store
	keys  receiptlog.Keys
	log   *receiptlog.Log
	next  int
}

// deploy makes a data folder with 300 receipts, of which 290 are in the log, and two were erased.
func deploy(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{data: t.TempDir()}
	var err error
	d.store, err = sqlite.Open(t.Context(), filepath.Join(d.data, sqlite.FileName))
	require.NoError(t, err)
	t.Cleanup(func() { d.store.Close() })
	d.keys, err = receiptlog.LoadKeys(filepath.Join(d.data, "keys"), "privacy.example.org", "")
	require.NoError(t, err)
	d.log, err = receiptlog.New(t.Context(), d.store, d.keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"keys/seal-hash.key": "secret", "keys/.new-1": "unfinished", "keys/x.new": "unfinished",
		"loaders/reside.0123.js": "loader()", "outbox/1.eml": "Subject: x\n\nBody", "outbox/.2": "unfinished",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(d.data, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(d.data, name), []byte(text), 0o600))
	}
	d.fill(t, 290)
	require.NoError(t, d.log.Integrate(t.Context()))
	_, err = d.store.Erase(t.Context(), evidence.Erasure{
		Receipts: []string{storetest.Receipt("", 5).ID, storetest.Receipt("", 288).ID}, Reason: evidence.ByVisitor, Time: at.Add(5 * time.Minute),
	})
	require.NoError(t, err)
	d.fill(t, 10)
	return d
}

// fill stores n more receipts.
func (d *deployment) fill(t *testing.T, n int) {
	t.Helper()
	require.NoError(t, d.store.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
	for range n {
		r := storetest.Chosen(d.next, at.Add(time.Duration(d.next+1)*time.Second))
		d.next++
		_, _, err := d.store.AddReceipt(t.Context(), &r)
		require.NoError(t, err)
	}
}

func (d *deployment) backup(t *testing.T, withoutKeys bool) (string, backup.Manifest) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "latchkey.backup")
	m, err := backup.Create(t.Context(), file, backup.Options{Data: d.data, Keys: d.keys, WithoutKeys: withoutKeys, Now: at})
	require.NoError(t, err)
	return file, m
}

// only checks that a folder holds nothing but what is named.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	got := []string{}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	assert.ElementsMatch(t, want, got)
}

func TestWhatIsRestoredIsWhatWasThere(t *testing.T) {
	d := deploy(t)
	require.NoError(t, receiptlog.Receipts.KeepCheckpoint(filepath.Join(d.data, "keys"), "newer than the copy"))
	file, made := d.backup(t, false)
	only(t, filepath.Dir(file), "latchkey.backup")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	d.fill(t, 3) // after it

	dir := filepath.Join(t.TempDir(), "new", "data")
	m, report, err := backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Keys: d.keys.Public})
	require.NoError(t, err)
	assert.Equal(t, made, m)
	assert.EqualValues(t, 290, report.Checkpoint.Size)
	assert.EqualValues(t, 298, report.Receipts)
	assert.EqualValues(t, 2, report.Erased)
	assert.EqualValues(t, 12, report.Pending, "two acts and ten receipts")
	only(t, filepath.Dir(dir), "data")
	only(t, dir, "latchkey.db", "keys", "loaders", "outbox")
	only(t, filepath.Join(dir, "keys"), "log.key", "log.pub", "seal-hash.key", "log.checkpoint")
	only(t, filepath.Join(dir, "outbox"), "1.eml")
	kept, err := os.ReadFile(filepath.Join(dir, "keys", "log.checkpoint"))
	require.NoError(t, err)
	assert.Equal(t, made.Checkpoint, string(kept), "a server that starts there wants the log that was restored")

	restored, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
	require.NoError(t, err)
	defer restored.Close()
	keys, err := receiptlog.LoadKeys(filepath.Join(dir, "keys"), "", "")
	require.NoError(t, err)
	log, err := receiptlog.New(t.Context(), restored, keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, log.Integrate(t.Context()), "the log goes on from there")
	_, err = restored.Receipt(t.Context(), storetest.Receipt("", 299).ID)
	require.NoError(t, err)
	_, err = restored.Receipt(t.Context(), storetest.Receipt("", 300).ID)
	require.ErrorIs(t, err, fault.NotFound)
}

func TestSecretsCanBeLeftOut(t *testing.T) {
	d := deploy(t)
	file, m := d.backup(t, true)
	assert.False(t, m.Keys)
	dir := filepath.Join(t.TempDir(), "data")
	_, _, err := backup.Restore(t.Context(), file, dir, backup.RestoreOptions{})
	require.NoError(t, err)
	only(t, filepath.Join(dir, "keys"), "log.pub", "log.checkpoint")
	_, err = receiptlog.LoadKeys(filepath.Join(dir, "keys"), "privacy.example.org", "")
	require.ErrorContains(t, err, "put it back from your backup", "and no new one is made in its place")
}

func TestNothingIsOverwritten(t *testing.T) {
	d := deploy(t)
	file, _ := d.backup(t, false)
	_, err := backup.Create(t.Context(), file, backup.Options{Data: d.data, Keys: d.keys, Now: at})
	require.ErrorIs(t, err, fault.Conflict)
	_, _, err = backup.Restore(t.Context(), file, d.data, backup.RestoreOptions{})
	require.ErrorIs(t, err, fault.Conflict)
	require.ErrorContains(t, err, "it is not empty (keys is in it)")

	into := t.TempDir() // which is empty
	_, _, err = backup.Restore(t.Context(), file, into, backup.RestoreOptions{})
	require.NoError(t, err)
}

func TestABackupThatEndsEarlyLeavesNothing(t *testing.T) {
	d := deploy(t)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := backup.Create(ctx, filepath.Join(dir, "latchkey.backup"), backup.Options{Data: d.data, Keys: d.keys, Now: at})
	require.ErrorIs(t, err, context.Canceled)
	only(t, dir)
}

// rebuilt copies a backup, with its members changed.
func rebuilt(t *testing.T, file string, change func(name string, content []byte) []byte) string {
	t.Helper()
	in, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer in.Close()
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		if content = change(f.Name, content); content == nil {
			continue
		}
		w, err := out.Create(f.Name)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	return written(t, b.Bytes())
}

func written(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "changed.backup")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func TestADamagedBackupIsRefusedAndSaysWhere(t *testing.T) {
	d := deploy(t)
	file, _ := d.backup(t, false)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	in, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer in.Close()
	flipped := func(member string) string {
		for _, f := range in.File {
			if f.Name == member {
				start, err := f.DataOffset()
				require.NoError(t, err)
				b := bytes.Clone(whole)
				b[start+int64(f.CompressedSize64)/2] ^= 0x10
				return written(t, b)
			}
		}
		require.Fail(t, "no member "+member)
		return ""
	}
	only := func(name string, to func([]byte) []byte) string {
		return rebuilt(t, file, func(n string, b []byte) []byte {
			if n == name {
				return to(b)
			}
			return b
		})
	}
	other, _, err := noteKeys(t)
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		file string
		keys []string
		kind error
		want string
	}{
		{"a bit of the database", flipped("latchkey.db"), nil, fault.Invalid, "latchkey.db: "},
		{"a bit of a loader", flipped("loaders/reside.0123.js"), nil, fault.Invalid, "loaders/reside.0123.js: "},
		{"a bit of the manifest", flipped("MANIFEST"), nil, nil, "MANIFEST: "},
		{"the end is missing", written(t, whole[:len(whole)-100]), nil, fault.Malformed, "not a whole backup"},
		{"something else", written(t, []byte("hello")), nil, fault.Malformed, "not a whole backup"},
		{"another mail, well packed", only("outbox/1.eml", func([]byte) []byte { return []byte("Subject: x\n\nBodY") }), nil, fault.Invalid, "outbox/1.eml: damaged or changed: it has 16 bytes"},
		{"a longer mail", only("outbox/1.eml", func(b []byte) []byte { return append(b, "more"...) }), nil, fault.Invalid, "outbox/1.eml: damaged or changed"},
		{"a file less", only("outbox/1.eml", func([]byte) []byte { return nil }), nil, fault.Invalid, "outbox/1.eml: missing"},
		{"no manifest", only("MANIFEST", func([]byte) []byte { return nil }), nil, fault.Malformed, "MANIFEST: missing"},
		{"a manifest that says something else", only("MANIFEST", func(b []byte) []byte { return bytes.Replace(b, []byte(`"size":16`), []byte(`"size":17`), 1) }), nil, fault.Forbidden, "MANIFEST: latchkey-backup/1: the signature is wrong"},
		{"the keys of somebody else in it", only("keys/log.pub", func([]byte) []byte { return []byte(other + "\n") }), nil, fault.Forbidden, "MANIFEST: latchkey-backup/1: signed by none of the 1 public keys given"},
		{"keys that are not trusted", file, []string{other}, fault.Forbidden, "signed by none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			_, _, err := backup.Restore(t.Context(), c.file, dir, backup.RestoreOptions{Keys: c.keys})
			require.ErrorContains(t, err, c.want)
			if c.kind != nil {
				assert.ErrorIs(t, err, c.kind)
			}
			_, err = os.Stat(dir)
			assert.ErrorIs(t, err, os.ErrNotExist, "nothing is left behind")
			entries, err := os.ReadDir(filepath.Dir(dir))
			require.NoError(t, err)
			assert.Empty(t, entries)
		})
	}
}

// noteKeys makes the keys of another log of the same name.
func noteKeys(t *testing.T) (public string, keys receiptlog.Keys, err error) {
	keys, err = receiptlog.LoadKeys(t.TempDir(), "privacy.example.org", "")
	if err != nil {
		return "", keys, err
	}
	return keys.Public[0], keys, nil
}

func TestAMemberOutsideTheFolderIsRefused(t *testing.T) {
	d := deploy(t)
	file, m := d.backup(t, false)
	for _, name := range []string{"../evil", "keys/../../evil", "/etc/evil", "evil", "keys/a/b", `keys\evil`, "keys/.new-1"} {
		t.Run(name, func(t *testing.T) {
			forged := m
			forged.Files = append([]backup.File{{Name: name, Size: 1, SHA256: "00"}}, m.Files...)
			signed, err := d.keys.SignJSON(backup.Format, forged)
			require.NoError(t, err)
			changed := rebuilt(t, file, func(n string, b []byte) []byte {
				if n == "MANIFEST" {
					return []byte(signed)
				}
				return b
			})
			_, _, err = backup.Restore(t.Context(), changed, filepath.Join(t.TempDir(), "data"), backup.RestoreOptions{})
			require.ErrorIs(t, err, fault.Malformed)
			require.ErrorContains(t, err, fmt.Sprintf("%q", name))
		})
	}
}

func TestADatabaseThatWasChangedBeforeTheBackupIsFoundByTheLog(t *testing.T) {
	d := deploy(t)
	db, err := sql.Open("sqlite", filepath.Join(d.data, sqlite.FileName))
	require.NoError(t, err)
	defer db.Close()
	for _, statement := range []string{
		`DROP TRIGGER entries_only_erased`,
		`UPDATE entries SET choice = replace(choice, '"marketing":"yes"', '"marketing":"no"') WHERE seq = 18`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	file, _ := d.backup(t, false)
	dir := filepath.Join(t.TempDir(), "data")
	_, _, err = backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Keys: d.keys.Public})
	require.ErrorIs(t, err, fault.Invalid)
	require.ErrorContains(t, err, "the log of receipts does not hold")
	require.ErrorContains(t, err, "leaf 17, receipt "+storetest.Receipt("", 17).ID)
	assert.Equal(t, 1, strings.Count(err.Error(), "\nleaf "), "%v", err)
	_, err = os.Stat(dir)
	assert.ErrorIs(t, err, os.ErrNotExist)

	_, report, err := backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Keys: d.keys.Public, Despite: true})
	require.NoError(t, err, "it may be all that there is")
	assert.Len(t, report.Problems, 1)
	only(t, filepath.Join(dir, "outbox"), "1.eml")
}
