package server

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorilla/securecookie"

	"latchkey/app/fault"
)

// keys seal the tokens that are handed out: receipt tokens, the tokens of the
// request form, and the addresses of confirmations. None of them is a cookie.
type keys struct {
	receipt *securecookie.SecureCookie // opens one receipt; does not expire
	form    *securecookie.SecureCookie // one journey of the request form
	sent    *securecookie.SecureCookie // one confirmation page
}

// Lifetimes of the sealed tokens, in seconds. A form must last at least 20
// hours (WCAG 2.2, 2.2.1; LAW T16).
const (
	formLasts = 48 * 60 * 60
	sentLasts = 48 * 60 * 60
)

// loadKeys reads the keys from dir, making them on the first start (mode 0600).
func loadKeys(dir string) (*keys, error) {
	hashKey, err := loadKey(filepath.Join(dir, "seal-hash.key"), 64)
	if err != nil {
		return nil, err
	}
	blockKey, err := loadKey(filepath.Join(dir, "seal-block.key"), 32)
	if err != nil {
		return nil, err
	}
	seal := func(maxAge int) *securecookie.SecureCookie {
		sc := securecookie.New(hashKey, blockKey)
		sc.MaxAge(maxAge)
		sc.SetSerializer(securecookie.JSONEncoder{})
		return sc
	}
	return &keys{receipt: seal(0), form: seal(formLasts), sent: seal(sentLasts)}, nil
}

func loadKey(path string, size int) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path, size)
	}
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != size {
		return nil, fmt.Errorf("key %s: want %d bytes in base64; put the right file back from your backup, for tokens made with it can't be opened without it", path, size)
	}
	return key, nil
}

// makeKey writes a new key so that it is there whole or not at all: a start
// that is cut off must not leave half a key behind.
func makeKey(path string, size int) ([]byte, error) {
	key := make([]byte, size)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	_, werr := f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return key, nil
}

// secret returns 128 random bits for the inside of a sealed token.
func secret() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// open unseals a token into v. Every way in which it can be wrong is the same
// error: expired, forged, for another use.
func open(sc *securecookie.SecureCookie, name, token string, v any) error {
	if err := sc.Decode(name, token, v); err != nil {
		return fmt.Errorf("token is expired or not one of ours: %w", fault.Unauthorized)
	}
	return nil
}
