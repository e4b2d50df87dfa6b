// Package backup copies a deployment into one file while its servers run, and
// makes a deployment of such a file again: a data folder, or a data folder and a
// PostgreSQL database. The form of the file does not depend on where the deployment
// keeps its data.
//
// The file is a ZIP archive. Its member MANIFEST is a note signed by the key of
// the receipt log (golang.org/x/mod/sumdb/note), with the size and SHA-256 of every
// other member and the log's checkpoint. So a file that was damaged or changed on its way
// is found out, and so is, by the log, a database that was changed before.
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
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/transfer"
)

const (
	// Format is the first line of the manifest.
	Format = "latchkey-backup/1"
	// manifestName is the manifest's name in the archive.
	manifestName = "MANIFEST"
)

// publicKeys reports whether a file of the keys folder is no secret.
func publicKeys(file string) bool {
	return file == receiptlog.Receipts.PublicFile() || file == receiptlog.Audit.PublicFile()
}

// folders of a data folder that are copied, in this order: what the database
// refers to comes after it, so that nothing it refers to is missing.
var folders = []string{"keys", "loaders", "outbox"}

// Manifest says what is in a backup.
type Manifest struct {
	Time       time.Time `json:"time"`                 // when it was made, UTC
	Checkpoint string    `json:"checkpoint,omitempty"` // of the log of receipts in the database; empty if there was none yet
	Audit      string    `json:"audit,omitempty"`      // of the audit log in it
	Keys       bool      `json:"keys"`                 // whether the secret keys are in it
	Files      []File    `json:"files"`
}

// File is one member of the archive.
type File struct {
	Name   string `json:"name"` // with slashes, under the data folder
	Size   int64  `json:"size"` // in bytes
	SHA256 string `json:"sha256"`
}

// Options say how to make a backup.
type Options struct {
	Data string          // the data folder; a server may be using it
	Keys receiptlog.Keys // of the log of receipts; they sign the manifest
	// AuditKeys are the public keys of the audit log; without them nobody looks at who signed it.
	AuditKeys []string
	// Database is the store, if it is not the database file in the data folder.
	Database transfer.Origin
	// WithoutKeys leaves the secret keys out. Whoever keeps such a backup must keep the keys elsewhere.
	WithoutKeys bool
	Now         time.Time // UTC
	// Progress is told how far the copy of Database is, now and then. It may be nil.
	Progress func(step transfer.Step, done, total int64)
	// Report is given what a check of that copy found, of each of the two logs. It may be nil.
	Report func(*audit.Report)
}

// takes reports whether a file of a folder is copied. The checkpoint that a server has kept is not: it may be
// newer than the copy of the database, whose own is in the manifest.
func (o Options) takes(folder, file string) bool {
	kept := file == receiptlog.Receipts.CheckpointFile() || file == receiptlog.Audit.CheckpointFile()
	if folder == "keys" && (kept || o.WithoutKeys && !publicKeys(file)) {
		return false
	}
	return memberName(path.Join(folder, file))
}

// Create makes a backup in a new file, which is there whole and on the disk, or
// not at all. It is readable by its owner alone, for it holds what people wrote, and the keys.
// If the file exists, the error wraps [fault.Conflict].
func Create(ctx context.Context, file string, o Options) (m Manifest, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, errors.Join(fmt.Errorf("%s: it exists, and a backup does not overwrite anything: %w", file, fault.Conflict), err)
	}
	// The work is done beside the file: there must be room there, and from there it can be moved at once.
	work, err := os.MkdirTemp(filepath.Dir(file), ".latchkey-backup-*")
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(work)
	m = Manifest{Time: o.Now, Keys: !o.WithoutKeys}
	database := filepath.Join(work, sqlite.FileName)
	if m.Checkpoint, m.Audit, err = o.copyDatabase(ctx, database); err != nil {
		return Manifest{}, err
	}
	done := filepath.Join(work, "backup.zip")
	out, err := os.OpenFile(done, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	err = m.write(ctx, out, database, o)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	// A link, unlike a new name, never takes the place of a file that has come in the meantime.
	if err := os.Link(done, file); err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	return m, syncDir(filepath.Dir(file))
}

// copyDatabase copies the database into a file and returns the checkpoints in the copy.
func (o Options) copyDatabase(ctx context.Context, to string) (receipts, audit string, err error) {
	if o.Database != nil {
		err = o.copyRows(ctx, to)
	} else {
		err = copyFile(ctx, filepath.Join(o.Data, sqlite.FileName), to)
	}
	if err != nil {
		return "", "", err
	}
	copied, err := sqlite.OpenReader(ctx, to)
	if err != nil {
		return "", "", err
	}
	defer copied.Close()
	receipts, err1 := copied.Checkpoint(ctx)
	audit, err2 := copied.AuditCheckpoint(ctx)
	for _, err := range []error{err1, err2} {
		if err != nil && !errors.Is(err, fault.NotFound) {
			return "", "", err
		}
	}
	return receipts, audit, nil
}

func copyFile(ctx context.Context, from, to string) error {
	// What was moved elsewhere is not what servers write to now.
	if err := (sqlite.Origin{Path: from}).InService(ctx); err != nil {
		return err
	}
	reader, err := sqlite.OpenReader(ctx, from)
	if err != nil {
		return err
	}
	defer reader.Close()
	return reader.CopyTo(ctx, to)
}

// copyRows copies the store in Database. A log that does not hold is copied all the same: it may be all that there is.
func (o Options) copyRows(ctx context.Context, to string) error {
	if err := o.Database.InService(ctx); err != nil {
		return err
	}
	src, err := o.Database.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := sqlite.OpenTarget(ctx, to)
	if err != nil {
		return err
	}
	result, err := transfer.Copy(ctx, src, dst, transfer.Options{Keys: slices.Concat(o.Keys.Public, o.AuditKeys), Final: true, Despite: true, Progress: o.Progress})
	if err == nil {
		err = dst.Finish(ctx)
	}
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	if o.Report != nil {
		o.Report(result.Report)
		o.Report(result.Audit)
	}
	return nil
}

// write writes the archive, and fills in the manifest as it goes.
func (m *Manifest) write(ctx context.Context, out io.Writer, database string, o Options) error {
	archive := zip.NewWriter(out)
	if err := m.add(ctx, archive, sqlite.FileName, database); err != nil {
		return err
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(o.Data, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !o.takes(folder, e.Name()) {
				continue
			}
			if err := m.add(ctx, archive, path.Join(folder, e.Name()), filepath.Join(o.Data, folder, e.Name())); err != nil {
				return err
			}
		}
	}
	signed, err := o.Keys.SignJSON(Format, m)
	if err != nil {
		return err
	}
	w, err := archive.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: m.Time})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, signed); err != nil {
		return err
	}
	return archive.Close()
}

// add copies a file into the archive.
func (m *Manifest) add(ctx context.Context, archive *zip.Writer, name, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.Time})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), reading{ctx, in})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m.Files = append(m.Files, File{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// memberName reports whether a name can be one of a backup's members: the
// database, or a file in one of the folders. Those that begin with a dot are unfinished.
func memberName(name string) bool {
	if name == sqlite.FileName {
		return true
	}
	folder, file, _ := strings.Cut(name, "/")
	return fs.ValidPath(name) && slices.Contains(folders, folder) && file != "" && !strings.ContainsAny(file, `/\:`) &&
		file[0] != '.' && !strings.HasSuffix(file, ".new")
}

// reading is a reader that ends with its context.
type reading struct {
	ctx context.Context
	io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Size is how many bytes the files have together.
func (m Manifest) Size() int64 {
	var n int64
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}
