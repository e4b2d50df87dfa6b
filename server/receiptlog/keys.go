package receiptlog

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"latchkey/app/fault"
)

// Keys sign the log's checkpoints and open them.
type Keys struct {
	name   Name
	signer note.Signer
	dir    string
	Public []string // verifier keys in the note format: the one that signs, then those before it
}

// LoadKeys reads the keys of the log from a folder, and makes them there if it
// has none: an Ed25519 key for origin, which is the name of the log and stays
// the same for ever. A private key that is given (from the environment) is used instead of the file.
// An error wraps [fault.Invalid] and says which file to look at.
func (n Name) LoadKeys(dir, origin, given string) (Keys, error) {
	private, err := os.ReadFile(filepath.Join(dir, n.private()))
	_, none := n.PublicKeys(dir)
	switch {
	case given != "":
		private = []byte(given)
	case errors.Is(err, fs.ErrNotExist) && errors.Is(none, fault.NotFound):
		return n.newKey(dir, origin, nil)
	case errors.Is(err, fs.ErrNotExist):
		return Keys{}, fmt.Errorf("%s: %w, and the log has had a key; put it back from your backup, or make a new one with %s",
			filepath.Join(dir, n.private()), fault.NotFound, n.rotate())
	case err != nil:
		return Keys{}, fmt.Errorf("key of the log: %w", err)
	}
	public, err := os.ReadFile(filepath.Join(dir, n.PublicFile()))
	if err != nil {
		return Keys{}, fmt.Errorf("public keys of the log: %w", err)
	}
	return n.parseKeys(string(private), string(public), dir)
}

// PublicKeys reads the public keys from a folder, the newest first. Without
// them the error wraps [fault.NotFound].
func (n Name) PublicKeys(dir string) ([]string, error) {
	path := filepath.Join(dir, n.PublicFile())
	public, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; the server makes it at its first start", path, fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("public keys of the log: %w", err)
	}
	return strings.Fields(string(public)), nil
}

// Rotate puts a new key in the place of the one that signs, or that is lost. Receipts and
// checkpoints signed before stay good: the public keys before it are kept.
func (n Name) Rotate(dir string) (Keys, error) {
	public, err := n.PublicKeys(dir)
	if err != nil {
		return Keys{}, err
	}
	if len(public) == 0 {
		return Keys{}, fmt.Errorf("%s: empty: %w", filepath.Join(dir, n.PublicFile()), fault.Invalid)
	}
	newest, err := note.NewVerifier(public[0])
	if err != nil {
		return Keys{}, fmt.Errorf("%s: %.60q is not a public key: %w", filepath.Join(dir, n.PublicFile()), public[0], fault.Invalid)
	}
	return n.newKey(dir, newest.Name(), public)
}

// newKey makes a key. The public one is on the disk first: a checkpoint whose key is lost can't be checked.
func (n Name) newKey(dir, origin string, before []string) (Keys, error) {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return Keys{}, fmt.Errorf("key of the log: the name %q can't be used: %w: %w", origin, err, fault.Invalid)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, fmt.Errorf("folder of the keys: %w", err)
	}
	all := strings.Join(append([]string{public}, before...), "\n") + "\n"
	if err := write(filepath.Join(dir, n.PublicFile()), all, 0o644); err != nil {
		return Keys{}, fmt.Errorf("public keys of the log: %w", err)
	}
	if err := write(filepath.Join(dir, n.private()), private+"\n", 0o600); err != nil {
		return Keys{}, fmt.Errorf("key of the log: %w", err)
	}
	return n.parseKeys(private, all, dir)
}

func (n Name) parseKeys(private, public, dir string) (Keys, error) {
	signer, err := note.NewSigner(strings.TrimSpace(private))
	if err != nil {
		return Keys{}, fmt.Errorf("%s: not a private key of a log: %w", filepath.Join(dir, n.private()), fault.Invalid)
	}
	keys := Keys{name: n, signer: signer, dir: dir}
	signs := false
	for line := range strings.FieldsSeq(public) {
		v, err := note.NewVerifier(line)
		if err != nil || v.Name() != signer.Name() {
			return Keys{}, fmt.Errorf("%s: %.60q is not a public key of the log %q: %w", filepath.Join(dir, n.PublicFile()), line, signer.Name(), fault.Invalid)
		}
		if v.KeyHash() == signer.KeyHash() {
			signs = true
			keys.Public = append([]string{line}, keys.Public...)
			continue
		}
		keys.Public = append(keys.Public, line)
	}
	if !signs {
		return Keys{}, fmt.Errorf("%s: the public key of %s is missing: %w", filepath.Join(dir, n.PublicFile()), n.private(), fault.Invalid)
	}
	return keys, nil
}

// write puts a whole file in its place, on the disk when it returns.
func write(path, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, werr := f.WriteString(text)
	if err := errors.Join(werr, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
