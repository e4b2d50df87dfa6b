package rights

import (
	"fmt"
	"strings"

	"latchkey/app/fault"
)

// referenceAlphabet has no I, L, O and U: they are mistaken for 1 and 0 when
// read out or written by hand, and without U fewer words arise by chance.
const referenceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewReference makes the reference number of a request, such as LK-7F3K-Q2MD,
// from 40 random bits. It is not a secret and opens nothing. Two requests get the
// same one by chance about once in a trillion pairs, so who stores it has to
// refuse one that is taken, and try another.
func NewReference(random [5]byte) string {
	var bits uint64
	for _, b := range random {
		bits = bits<<8 | uint64(b)
	}
	var c [8]byte
	for i := range c {
		c[7-i] = referenceAlphabet[bits&31]
		bits >>= 5
	}
	return fmt.Sprintf("LK-%s-%s", c[:4], c[4:])
}

// ParseReference reads a reference number as people type it: in any case, with
// or without hyphens and spaces, O for 0, and I or L for 1. The error wraps
// [fault.Invalid].
func ParseReference(s string) (string, error) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(s))
	rest, ok := strings.CutPrefix(s, "LK")
	if !ok || len(rest) != 8 {
		return "", fmt.Errorf("reference: want a number such as LK-7F3K-Q2MD: %w", fault.Invalid)
	}
	rest = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(rest)
	for _, c := range rest {
		if !strings.ContainsRune(referenceAlphabet, c) {
			return "", fmt.Errorf("reference: %q is not in any number: %w", c, fault.Invalid)
		}
	}
	return "LK-" + rest[:4] + "-" + rest[4:], nil
}
