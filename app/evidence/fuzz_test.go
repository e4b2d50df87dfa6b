package evidence_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// Whatever is read as genuine says what the genuine one says.
func FuzzVerify(f *testing.F) {
	file, key := genuine(f)
	want, err := evidence.Verify(file, []string{key})
	require.NoError(f, err)
	e := edition(nil)
	plain := edition(func(e *consent.Edition) { e.Purposes = e.Purposes[2:]; e.Controller.ICO = "" })
	f.Add(file)
	f.Add(write(f, stored(f, e, 1, nil), e, nil))
	f.Add(write(f, stored(f, plain, 2, func(s *consent.Submission) {
		delete(s.Answers, consent.Statistics)
		s.Previous = ""
	}), plain, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := evidence.Verify(b, []string{key})
		switch {
		case err == nil:
			assert.Equal(t, want, got)
		case errors.Is(err, evidence.ErrPending):
			// Whoever has no proof can write what they like, but it is one whole receipt.
			s := consent.Stored{Receipt: got.Receipt, Edition: got.Edition.ID, Salt: make([]byte, evidence.SaltSize)}
			again, err := evidence.NewFile(s, got.Edition, got.Shown, nil)
			require.NoError(t, err)
			b, err := again.Bytes()
			require.NoError(t, err)
			_, err = evidence.Verify(b, nil)
			require.ErrorIs(t, err, evidence.ErrPending)
		default:
			assert.Zero(t, got)
		}
	})
}

// Nothing opens but what was signed.
func FuzzOpenCheckpoint(f *testing.F) {
	s, key := signer(f, origin, 1)
	want := evidence.Checkpoint{Origin: origin, Size: 7}
	signed, err := want.Sign(s)
	require.NoError(f, err)
	f.Add(signed, key)
	f.Add(loose(signed), key+"\n"+key)
	f.Add("log.example.org\n7\n\n— log.example.org AAAA\n", "log.example.org+00000000+AAAA")
	f.Fuzz(func(t *testing.T, signed, more string) {
		got, err := evidence.OpenCheckpoint(signed, []string{key})
		if err == nil {
			assert.Equal(t, want, got)
		}
		evidence.OpenCheckpoint(signed, evidence.ParseKeys(more)) // whatever it says, it returns
	})
}
