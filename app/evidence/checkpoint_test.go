package evidence_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// signedBy signs the text of a signed note again, with whatever key.
func signedBy(t testing.TB, s note.Signer, signed string) string {
	t.Helper()
	text, _, _ := strings.Cut(signed, "\n\n")
	out, err := note.Sign(&note.Note{Text: strings.TrimSuffix(text, "\n") + "\n"}, s)
	require.NoError(t, err)
	return string(out)
}

// loose sets a bit of the last signature's base64 that decodes to nothing.
func loose(signed string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	end := strings.LastIndex(signed, "=\n")
	at := strings.IndexByte(digits, signed[end-1])
	return signed[:end-1] + digits[at+1:at+2] + signed[end:]
}

func TestACheckpointIsReadAsItWasSigned(t *testing.T) {
	s, key := signer(t, origin, 1)
	next, nextKey := signer(t, origin, 2)
	witness, witnessKey := signer(t, "witness.example.org", 3)
	want := evidence.Checkpoint{Origin: origin, Size: 7, Root: tlog.RecordHash([]byte("root"))}
	signed, err := want.Sign(s)
	require.NoError(t, err)
	lines := func(signers ...note.Signer) string {
		out, err := note.Sign(&note.Note{Text: strings.SplitAfter(signed, "\n\n")[0][:strings.Index(signed, "\n\n")+1]}, signers...)
		require.NoError(t, err)
		return string(out)
	}
	for _, tt := range []struct {
		name, signed string
		keys         []string
		want         error
	}{
		{"with its key", signed, []string{key}, nil},
		{"with its key among others", signed, []string{nextKey, witnessKey, key}, nil},
		{"with its key twice", signed, []string{key, key}, nil},
		{"signed by the old and the new key, read with the old one", lines(s, next), []string{key}, nil},
		{"signed by the old and the new key, read with the new one", lines(s, next), []string{nextKey}, nil},
		{"with a witness beside it", lines(s, witness), []string{key}, nil},
		{"with a witness beside it whose key is known", lines(s, witness), []string{key, witnessKey}, nil},
		{"by a witness alone", lines(witness), []string{key, witnessKey}, fault.Forbidden},
		{"with no key", signed, nil, fault.Forbidden},
		{"with the next key", signed, []string{nextKey}, fault.Forbidden},
		{"with a size of its own", strings.Replace(signed, "\n7\n", "\n9\n", 1), []string{key}, fault.Forbidden},
		{"without a signature", strings.SplitAfter(signed, "\n\n")[0], []string{key}, fault.Malformed},
		{"with loose bits", loose(signed), []string{key}, fault.Malformed},
		{"empty", "", []string{key}, fault.Malformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := evidence.OpenCheckpoint(tt.signed, tt.keys)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				assert.Zero(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestASignedTextThatIsNoCheckpointIsRefused(t *testing.T) {
	s, key := signer(t, origin, 1)
	root := "lC2uJ3sP2bLZLeZ9bVjHk1bLrXH9g0m5k8yY3m2w6nA="
	for _, tt := range []struct{ name, text string }{
		{"two lines", origin + "\n7\n"},
		{"no name", "\n7\n" + root + "\n"},
		{"a size in words", origin + "\nseven\n" + root + "\n"},
		{"a size with a zero in front", origin + "\n07\n" + root + "\n"},
		{"a size with a sign", origin + "\n+7\n" + root + "\n"},
		{"a size below nothing", origin + "\n-7\n" + root + "\n"},
		{"a size beyond counting", origin + "\n99999999999999999999\n" + root + "\n"},
		{"half a hash", origin + "\n7\n" + root[:20] + "\n"},
		{"a hash in hexadecimal", origin + "\n7\n" + sum("root") + "\n"},
		{"a hash with loose bits", origin + "\n7\n" + strings.Replace(root, "A=", "B=", 1) + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signed, err := note.Sign(&note.Note{Text: tt.text}, s)
			require.NoError(t, err)
			_, err = evidence.OpenCheckpoint(string(signed), []string{key})
			require.ErrorIs(t, err, fault.Malformed)
		})
	}
}

func TestOnlyTheLogsOwnKeySigns(t *testing.T) {
	s, _ := signer(t, origin, 1)
	_, err := evidence.Checkpoint{Origin: "other.example.org"}.Sign(s)
	require.ErrorIs(t, err, fault.Invalid)
}

func TestKeysAreReadOneALine(t *testing.T) {
	assert.Equal(t, []string{"a+1+b", "c+2+d"}, evidence.ParseKeys("# the log's keys\r\n\r\na+1+b\r\n  c+2+d  \n#old+3+e"))
	assert.Empty(t, evidence.ParseKeys("\n"))

	_, key := signer(t, origin, 1)
	require.NoError(t, evidence.CheckKeys([]string{key}))
	for _, bad := range [][]string{nil, {"a+1+b"}, {key, key + "A"}} {
		require.ErrorIs(t, evidence.CheckKeys(bad), fault.Malformed)
	}
}
