package receiptlog

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Name tells the two logs of a deployment apart. Their files in the folder of the keys begin with it.
type Name string

const (
	// Receipts is the public log of the receipts.
	Receipts Name = "log"
	// Audit is the log of requests and of what was done with them. It is not published.
	Audit Name = "audit"
)

// auditOrigin is what the name of the audit log ends in: that of the receipts' log is before it.
const auditOrigin = "/audit"

// Origin is the name under which the log signs, beside the receipts' log of an origin.
func (n Name) Origin(receipts string) string {
	if n == Audit {
		return receipts + auditOrigin
	}
	return receipts
}

// Of returns those of the public keys that are of this log, told by the name in them.
func (n Name) Of(keys []string) []string {
	var of []string
	for _, key := range keys {
		name, _, _ := strings.Cut(key, "+")
		if strings.HasSuffix(name, auditOrigin) == (n == Audit) {
			of = append(of, key)
		}
	}
	return of
}

// Signed reports whether a signed checkpoint says that it is of this log.
func (n Name) Signed(checkpoint string) bool {
	origin, _, _ := strings.Cut(checkpoint, "\n")
	return strings.HasSuffix(origin, auditOrigin) == (n == Audit)
}

// private is the name of the file with the key that signs; it is readable by its owner alone.
func (n Name) private() string { return string(n) + ".key" }

// PublicFile is the name of the file with every public key that the log ever had, the newest first, one a line.
func (n Name) PublicFile() string { return string(n) + ".pub" }

// CheckpointFile is the name of the file with the newest checkpoint that a server has seen of the log. It stands
// beside the keys, apart from the database: a database that was lost, or is older, can't be gone on from unnoticed.
func (n Name) CheckpointFile() string { return string(n) + ".checkpoint" }

// KeepCheckpoint puts a signed checkpoint into the folder of the keys: whoever starts there
// wants a log that goes on from it.
func (n Name) KeepCheckpoint(dir, signed string) error {
	if err := write(filepath.Join(dir, n.CheckpointFile()), signed, 0o644); err != nil {
		return fmt.Errorf("newest checkpoint of the %s: %w", n.words(), err)
	}
	return nil
}

// words name the log in a sentence.
func (n Name) words() string {
	if n == Audit {
		return "audit log"
	}
	return "log"
}

// rotate is the command that makes a new key.
func (n Name) rotate() string {
	if n == Audit {
		return `"latchkey keys rotate --log audit"`
	}
	return `"latchkey keys rotate"`
}

// waits says what goes without when the log can't be extended.
func (n Name) waits() string {
	if n == Audit {
		return "requests wait for their place in the audit log: it could not be extended"
	}
	return "receipts wait for their proof: the log could not be extended"
}

// LoadKeys is [Name.LoadKeys] of the receipts' log.
func LoadKeys(dir, origin, given string) (Keys, error) { return Receipts.LoadKeys(dir, origin, given) }

// PublicKeys is [Name.PublicKeys] of the receipts' log.
func PublicKeys(dir string) ([]string, error) { return Receipts.PublicKeys(dir) }

// Rotate is [Name.Rotate] of the receipts' log.
func Rotate(dir string) (Keys, error) { return Receipts.Rotate(dir) }
