package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/transfer"
)

// maxManifest bounds the manifest, in bytes: a loader or a mail takes about 150.
const maxManifest = 256 << 20

// RestoreOptions say how to restore.
type RestoreOptions struct {
	// Keys are the public keys that are trusted. Without any, those in the backup
	// are: then the check finds damage, but not somebody who made all of it anew.
	Keys []string
	// Despite restores a database whose log does not hold: what is wrong with it was wrong when it was
	// backed up, and may be all that there is. Files that are not those of the manifest are never taken.
	Despite bool
	// Database is where the store is restored to, if not into a file in the data folder.
	Database transfer.Target
	// Progress is told how far it is, now and then. It may be nil.
	Progress func(step transfer.Step, done, total int64)
}

// Checked is what a restore found: in the log of receipts, and in the audit log.
type Checked struct {
	*audit.Report
	Audit *audit.Report
}

// Restore makes a data folder of a backup, after checking that every file is the
// one of the manifest, that the manifest is signed, and that the log holds: every stored receipt
// and request against its leaf, and the trees against the checkpoints of the manifest. The folder is there whole or not at all,
// and the report says what was found. A server that starts there wants a log that goes on from that checkpoint.
// With a Database the data folder has no database file, and what was in
// it is copied there, is checked there as well, and is finished when the folder is in its place.
//
// If it exists and is not empty, the error wraps [fault.Conflict]. What is wrong with the backup
// is said by an error that wraps [fault.Malformed], [fault.Invalid] or [fault.Forbidden], and names the place.
func Restore(ctx context.Context, file, dir string, o RestoreOptions) (Manifest, *Checked, error) {
	fail := func(err error) (Manifest, *Checked, error) {
		return Manifest{}, nil, fmt.Errorf("backup %s: %w", file, err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fail(err)
	}
	if err := empty(dir); err != nil {
		return Manifest{}, nil, err
	}
	archive, err := zip.OpenReader(file)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fail(fmt.Errorf("not a whole backup: its list of contents, which stands at the end, can't be read: %w", fault.Malformed))
	}
	if err != nil {
		return fail(err)
	}
	defer archive.Close()
	m, keys, err := readManifest(&archive.Reader, o.Keys)
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fail(err)
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), ".latchkey-restore-*") // mode 0700
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(work)
	if err := m.extract(ctx, &archive.Reader, work); err != nil {
		return fail(err)
	}
	report, err := verify(ctx, filepath.Join(work, sqlite.FileName), m, keys, o)
	if err == nil && o.Database != nil {
		report, err = toDatabase(ctx, filepath.Join(work, sqlite.FileName), keys, o)
	}
	if err != nil {
		return fail(err)
	}
	for log, checkpoint := range map[receiptlog.Name]string{receiptlog.Receipts: m.Checkpoint, receiptlog.Audit: m.Audit} {
		if checkpoint == "" {
			continue
		}
		if err := log.KeepCheckpoint(filepath.Join(work, "keys"), checkpoint); err != nil {
			return fail(err)
		}
	}
	for _, folder := range append(folders, ".") {
		if err := syncDir(filepath.Join(work, folder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(err)
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one makes room
		return fail(err)
	}
	if err := os.Rename(work, dir); err != nil {
		return fail(err)
	}
	err = syncDir(filepath.Dir(dir))
	if err == nil && o.Database != nil {
		err = o.Database.Finish(ctx)
	}
	return m, report, err
}

// toDatabase moves what is in the restored file to where it belongs.
func toDatabase(ctx context.Context, path string, keys []string, o RestoreOptions) (*Checked, error) {
	src, err := sqlite.Origin{Path: path}.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	result, err := transfer.Copy(ctx, src, o.Database, transfer.Options{Keys: keys, Final: true, Despite: o.Despite, Progress: o.Progress})
	if err := errors.Join(err, src.Close()); err != nil {
		return nil, err
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return &Checked{result.Report, result.Audit}, nil
}

// empty reports, by an error, that something is in a folder.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("data folder %s: it is not empty (%s is in it); a backup is restored into a new folder: %w", dir, entries[0].Name(), fault.Conflict)
	}
	return nil
}

// readManifest reads and checks the manifest, and returns the public keys of both logs.
func readManifest(archive *zip.Reader, trusted []string) (Manifest, []string, error) {
	signed, err := member(archive, manifestName, maxManifest)
	if err != nil {
		return Manifest{}, nil, err
	}
	text, err := member(archive, "keys/"+receiptlog.Receipts.PublicFile(), 1<<20)
	if err != nil {
		return Manifest{}, nil, err
	}
	keys := evidence.ParseKeys(string(text))
	trusted = receiptlog.Receipts.Of(trusted)
	if len(trusted) == 0 {
		trusted = keys
	}
	var m Manifest
	if err := receiptlog.OpenJSON(string(signed), Format, trusted, &m); err != nil {
		return Manifest{}, nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	// With a signed manifest, the files of the keys are good as well, and hold those before the trusted ones.
	text, err = member(archive, "keys/"+receiptlog.Audit.PublicFile(), 1<<20)
	if err == nil {
		keys = append(keys, evidence.ParseKeys(string(text))...)
	} else if !errors.Is(err, fault.Malformed) || m.Audit != "" {
		return Manifest{}, nil, err
	}
	return m, keys, nil
}

// member reads a small member.
func member(archive *zip.Reader, name string, limit int64) ([]byte, error) {
	for _, f := range archive.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", name, err, fault.Malformed)
		}
		defer r.Close()
		b, err := io.ReadAll(io.LimitReader(r, limit+1))
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: damaged: %w: %w", name, err, fault.Invalid)
		case int64(len(b)) > limit:
			return nil, fmt.Errorf("%s: larger than %d bytes: %w", name, limit, fault.Malformed)
		}
		return b, nil
	}
	return nil, fmt.Errorf("%s: missing: %w", name, fault.Malformed)
}

// extract writes the members into a folder. It goes through all of them, and
// says of each that is not the one of the manifest what is wrong.
func (m Manifest) extract(ctx context.Context, archive *zip.Reader, dir string) error {
	want := map[string]File{}
	for _, f := range m.Files {
		if !memberName(f.Name) {
			return fmt.Errorf("%s: no file of a data folder has the name %q: %w", manifestName, f.Name, fault.Malformed)
		}
		want[f.Name] = f
	}
	if _, ok := want[sqlite.FileName]; !ok {
		return fmt.Errorf("%s: %s is not in it: %w", manifestName, sqlite.FileName, fault.Malformed)
	}
	var wrong []error
	for _, member := range archive.File {
		if member.Name == manifestName {
			continue
		}
		f, ok := want[member.Name]
		if !ok {
			wrong = append(wrong, fmt.Errorf("%q: it is not in the manifest, or is there twice: %w", member.Name, fault.Invalid))
			continue
		}
		delete(want, f.Name)
		if err := f.extract(ctx, member, dir); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
	for _, f := range m.Files {
		if _, missing := want[f.Name]; missing {
			wrong = append(wrong, fmt.Errorf("%s: missing: %w", f.Name, fault.Invalid))
		}
	}
	return errors.Join(wrong...)
}

func (f File) extract(ctx context.Context, member *zip.File, dir string) error {
	to := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	var mode fs.FileMode = 0o600
	if file, ok := strings.CutPrefix(f.Name, "keys/"); ok && publicKeys(file) {
		mode = 0o644
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := f.copy(ctx, member, io.MultiWriter(out, sum))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != f.Size || got != f.SHA256 {
		return fmt.Errorf("damaged or changed: it has %d bytes with the SHA-256 %s, and the manifest says %d and %s: %w", n, got, f.Size, f.SHA256, fault.Invalid)
	}
	return nil
}

// copy copies a member, and not much more than the manifest says that it has.
func (f File) copy(ctx context.Context, member *zip.File, to io.Writer) (int64, error) {
	r, err := member.Open()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", err, fault.Malformed)
	}
	defer r.Close()
	n, err := io.Copy(to, io.LimitReader(reading{ctx, r}, f.Size+1))
	if err == nil || ctx.Err() != nil {
		return n, err
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || strings.Contains(err.Error(), "flate") || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, fmt.Errorf("damaged, %d bytes from its start at the earliest: %w: %w", n, err, fault.Invalid)
	}
	return n, err
}

// verify checks the restored database: that it can be read everywhere, and
// that it is the one that its log was made of.
func verify(ctx context.Context, path string, m Manifest, keys []string, o RestoreOptions) (*Checked, error) {
	// A database of an older version is brought up to date by this.
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if err := store.Check(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", err, fault.Invalid)
	}
	options := audit.Options{Keys: receiptlog.Receipts.Of(keys), From: m.Checkpoint}
	if o.Progress != nil {
		options.Progress = func(done, total int64) { o.Progress(transfer.Checking, done, total) }
	}
	var found Checked
	if found.Report, err = audit.Whole(ctx, store.Audit(), options); err != nil {
		return nil, fmt.Errorf("log of receipts: %w", err)
	}
	at, err := store.AuditRequests(ctx)
	if err != nil {
		return nil, err
	}
	found.Audit, err = audit.Requests(ctx, at, audit.Options{Keys: receiptlog.Audit.Of(keys), From: m.Audit})
	if err := errors.Join(err, at.Close()); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	if wrong := errors.Join(transfer.Broken(found.Report), transfer.BrokenAudit(found.Audit), store.CheckSchema(ctx)); wrong != nil && !o.Despite {
		return nil, fmt.Errorf("%s: %w", sqlite.FileName, wrong)
	}
	return &found, store.Close()
}
