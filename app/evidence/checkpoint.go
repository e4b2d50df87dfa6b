package evidence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/fault"
)

// Checkpoint is the state of the log at one moment: the text that is signed,
// in the form of https://c2sp.org/tlog-checkpoint.
type Checkpoint struct {
	Origin string    `json:"origin"` // name of the log, the same for ever
	Size   int64     `json:"size"`   // number of leaves
	Root   tlog.Hash `json:"root"`   // of the tree
}

// Sign returns the checkpoint as a signed note. The signer's name is the log's
// origin; with another the error wraps [fault.Invalid], for nobody could open the note.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	if signer.Name() != c.Origin {
		return "", fmt.Errorf("sign checkpoint of %q with a key of %q: %w", c.Origin, signer.Name(), fault.Invalid)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint of size %d: %w", c.Size, err)
	}
	return string(signed), nil
}

// OpenCheckpoint reads a signed checkpoint and checks that one of the keys,
// which are verifier keys in the note format ("origin+hash+key"), signed it. The error wraps
// [fault.Malformed], or [fault.Forbidden] if the signature is missing or wrong.
//
// Signatures of others, such as witnesses, may stand beside the log's own. They
// are checked as far as their keys are among keys, and otherwise ignored.
func OpenCheckpoint(signed string, keys []string) (Checkpoint, error) {
	c, _, err := openCheckpoint(signed, keys)
	return c, err
}

// ReadCheckpoint reads a signed checkpoint without looking at who signed it. What
// it says proves nothing. The error wraps [fault.Malformed].
func ReadCheckpoint(signed string) (Checkpoint, error) {
	text, _, ok := strings.Cut(signed, "\n\n")
	if !ok {
		return Checkpoint{}, fmt.Errorf("checkpoint: not a signed note: %w", fault.Malformed)
	}
	return parseCheckpoint(text + "\n")
}

// openCheckpoint also returns which of the keys signed, as "origin+hash".
func openCheckpoint(signed string, keys []string) (Checkpoint, []string, error) {
	verifiers, err := verifiers(keys)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	n, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: signed by none of the %d public keys given: %w", len(verifiers), fault.Forbidden)
	}
	if wrong, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: the signature of key %s+%08x is wrong: %w", wrong.Name, wrong.Hash, fault.Forbidden)
	}
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: not a signed note: %w: %w", err, fault.Malformed)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	var signers []string
	for _, s := range n.Sigs {
		// The last character of base64 has bits that mean nothing. They are to be as they were written.
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, nil, fmt.Errorf("checkpoint: signature: %w: %w", err, fault.Malformed)
		}
		if s.Name == c.Origin {
			signers = append(signers, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
		}
	}
	if len(signers) == 0 {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: signed, but not by a key of the log %q: %w", c.Origin, fault.Forbidden)
	}
	return c, signers, nil
}

// verifiers reads keys, each once.
func verifiers(keys []string) ([]note.Verifier, error) {
	var list []note.Verifier
	seen := map[string]bool{}
	for _, key := range keys {
		key = strings.TrimSpace(key)
		if seen[key] {
			continue
		}
		seen[key] = true
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("public key %.60q: %w: %w", key, err, fault.Malformed)
		}
		list = append(list, v)
	}
	return list, nil
}

// CheckKeys makes sure that there are keys, and that each is one. The error wraps [fault.Malformed].
func CheckKeys(keys []string) error {
	if len(keys) == 0 {
		return fmt.Errorf("no public key: %w", fault.Malformed)
	}
	_, err := verifiers(keys)
	return err
}

// ParseKeys returns the public keys that a text lists, one a line. Empty lines
// and those that begin with # are left out. Whether a line is a key is for
// [OpenCheckpoint] to say.
func ParseKeys(text string) []string {
	var keys []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			keys = append(keys, line)
		}
	}
	return keys
}

func parseCheckpoint(text string) (Checkpoint, error) {
	bad := func(what string) (Checkpoint, error) {
		return Checkpoint{}, fmt.Errorf("checkpoint: %s: %w", what, fault.Malformed)
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" { // further lines are extensions
		return bad("want a name, a size and a hash, each on a line")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return bad("its size is not a number")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return bad("its hash is not 32 bytes in base64")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}, nil
}
