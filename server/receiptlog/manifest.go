package receiptlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// SignJSON returns a value as a signed note: a line that says what it is, such
// as "latchkey-backup/1", and a line with the value's canonical JSON (RFC 8785).
// What must not be the name of a log, so that no such note can pass for a checkpoint.
func (k Keys) SignJSON(what string, v any) (string, error) {
	b, err := evidence.Canonical(v)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	signed, err := note.Sign(&note.Note{Text: what + "\n" + string(b) + "\n"}, k.signer)
	if err != nil {
		return "", fmt.Errorf("%s: sign: %w", what, err)
	}
	return string(signed), nil
}

// Origin is the name of the log.
func (k Keys) Origin() string { return k.signer.Name() }

// OpenJSON reads into v what [Keys.SignJSON] returned, if one of the public keys
// signed it. The error wraps [fault.Malformed], or [fault.Forbidden] if the
// signature is missing or wrong.
func OpenJSON(signed, what string, public []string, v any) error {
	var list []note.Verifier
	for _, key := range public {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return fmt.Errorf("public key %.60q: %w: %w", key, err, fault.Malformed)
		}
		list = append(list, verifier)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(list...))
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return fmt.Errorf("%s: signed by none of the %d public keys given: %w", what, len(list), fault.Forbidden)
	}
	if _, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return fmt.Errorf("%s: the signature is wrong: %w", what, fault.Forbidden)
	}
	if err != nil {
		return fmt.Errorf("%s: not a signed note: %w: %w", what, err, fault.Malformed)
	}
	first, rest, _ := strings.Cut(n.Text, "\n")
	if first != what {
		return fmt.Errorf("want %s, and it is %.40q: %w", what, first, fault.Malformed)
	}
	if err := json.Unmarshal([]byte(rest), v); err != nil {
		return fmt.Errorf("%s: %w: %w", what, err, fault.Malformed)
	}
	return nil
}
