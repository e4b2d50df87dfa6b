package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// vectors are what was written once. They stand for every receipt that anybody
// keeps: a change that makes one of them fail would make those worthless, so
// the change is wrong and not the vector. New ones are only ever added.
type vectors struct {
	Keys     []string
	Editions []struct{ Name, Canonical, Hash string }
	Entries  []struct{ Name, Canonical, Salt, Commitment string }
	Files    []struct {
		Name, File string
		Pending    bool
		Receipt    consent.Receipt
		Index      int64
		Size       int64
	}
}

func commitmentOf(salt, canonical []byte) []byte {
	b := sha256.Sum256(append(append([]byte(nil), salt...), canonical...))
	return b[:]
}

func TestWhatWasWrittenOnceHoldsForEver(t *testing.T) {
	b, err := os.ReadFile("../../testdata/vectors/evidence.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(b, &v))
	require.NotEmpty(t, v.Editions)
	require.NotEmpty(t, v.Entries)
	require.NotEmpty(t, v.Files)
	for _, tt := range v.Editions {
		t.Run("edition "+tt.Name, func(t *testing.T) {
			var e consent.Edition
			require.NoError(t, json.Unmarshal([]byte(tt.Canonical), &e))
			got, err := evidence.Canonical(e)
			require.NoError(t, err)
			assert.Equal(t, tt.Canonical, string(got))
			hash, err := evidence.EditionHash(e)
			require.NoError(t, err)
			assert.Equal(t, tt.Hash, hash)
		})
	}
	for _, tt := range v.Entries {
		t.Run("entry "+tt.Name, func(t *testing.T) {
			var e evidence.Entry
			require.NoError(t, json.Unmarshal([]byte(tt.Canonical), &e))
			got, err := evidence.Canonical(e)
			require.NoError(t, err)
			assert.Equal(t, tt.Canonical, string(got))
			salt, err := hex.DecodeString(tt.Salt)
			require.NoError(t, err)
			commitment, err := evidence.Commit(salt, e)
			require.NoError(t, err)
			assert.Equal(t, tt.Commitment, hex.EncodeToString(commitment))
			assert.Equal(t, commitmentOf(salt, got), commitment, "it is the SHA-256 of salt and canonical form")
		})
	}
	for _, tt := range v.Files {
		t.Run("file "+tt.Name, func(t *testing.T) {
			got, err := evidence.Verify([]byte(tt.File), v.Keys)
			var proof *evidence.Proof
			if tt.Pending {
				require.ErrorIs(t, err, evidence.ErrPending)
			} else {
				require.NoError(t, err)
				assert.Equal(t, tt.Size, got.Checkpoint.Size)
			}
			assert.Equal(t, tt.Receipt, got.Receipt)
			assert.Equal(t, tt.Index, got.Index)
			var f evidence.File
			require.NoError(t, json.Unmarshal([]byte(tt.File), &f))
			proof = f.Proof
			again, err := evidence.NewFile(consent.Stored{Receipt: got.Receipt, Edition: got.Edition.ID, Salt: f.Salt}, got.Edition, got.Shown, proof)
			require.NoError(t, err)
			written, err := again.Bytes()
			require.NoError(t, err)
			assert.Equal(t, tt.File, string(written), "made again from what the store keeps, it is the same")
		})
	}
}
