package evidence_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
)

func TestAGenuineReceiptSaysWhatWasChosen(t *testing.T) {
	file, key := genuine(t)
	want := stored(t, edition(nil), 4, nil)
	got, err := evidence.Verify(file, []string{key})
	require.NoError(t, err)
	assert.Equal(t, want.Receipt, got.Receipt)
	assert.Equal(t, edition(nil), got.Edition)
	assert.Equal(t, shown, got.Shown)
	assert.EqualValues(t, 4, got.Index)
	assert.EqualValues(t, 7, got.Checkpoint.Size)
	assert.Equal(t, origin, got.Checkpoint.Origin)
	assert.Equal(t, []string{key[:strings.LastIndex(key, "+")]}, got.Signers)

	t.Run("also indented, in another order and with a key given twice", func(t *testing.T) {
		var again bytes.Buffer
		require.NoError(t, json.Indent(&again, file, "", "\t"))
		second, err := evidence.Verify(append([]byte("\r\n "), again.Bytes()...), []string{key, " " + key + "\n"})
		require.NoError(t, err)
		assert.Equal(t, got, second)
	})
}

// As long as there is no proof, nothing is vouched for, and nobody is told that it were.
func TestAReceiptWithoutAProofIsPending(t *testing.T) {
	e := edition(nil)
	s := stored(t, e, 4, nil)
	got, err := evidence.Verify(write(t, s, e, nil), nil)
	require.ErrorIs(t, err, evidence.ErrPending)
	assert.Equal(t, s.Receipt, got.Receipt)
	assert.Zero(t, got.Checkpoint)
	assert.Empty(t, got.Signers)
}

// Every bit of every byte, every byte left out, every byte doubled.
func TestNoByteOfAReceiptCanBeChanged(t *testing.T) {
	file, key := genuine(t)
	keys := []string{key}
	end := len(bytes.TrimRight(file, "\n"))
	refused := func(what string, at int, changed []byte) {
		if _, err := evidence.Verify(changed, keys); err == nil {
			assert.Fail(t, "taken for genuine", "%s at %d: …%s…", what, at, changed[max(0, at-20):min(len(changed), at+20)])
		} else if err == evidence.ErrPending {
			assert.Fail(t, "taken for pending", "%s at %d", what, at)
		}
	}
	for i := range end {
		for bit := range 8 {
			changed := bytes.Clone(file)
			changed[i] ^= 1 << bit
			refused("a bit", i, changed)
		}
		refused("a byte less", i, append(bytes.Clone(file[:i]), file[i+1:]...))
	}
}

// What a hand with a purpose would try, one thing at a time.
func TestWhatIsNotGenuineIsRefused(t *testing.T) {
	file, key := genuine(t)
	e := edition(nil)
	ours, _ := signer(t, origin, 1)
	forger, forged := signer(t, origin, 9)
	_, otherKey := signer(t, "other.example.org", 2)
	other, otherLog := signer(t, "other.example.org", 3)
	four := stored(t, e, 4, nil)
	yes := stored(t, e, 4, func(s *consent.Submission) { s.Answers[consent.Statistics] = consent.Yes })
	small := log{commitments: [][]byte{four.Commitment}}

	replace := func(old, new string) []byte {
		require.Contains(t, string(file), old)
		return []byte(strings.Replace(string(file), old, new, 1))
	}
	// inEntry changes the entry, in the file and in the log too, so that nothing but its form is wrong.
	inEntry := func(change func(map[string]any)) []byte {
		var f evidence.File
		require.NoError(t, json.Unmarshal(file, &f))
		var entry map[string]any
		require.NoError(t, json.Unmarshal(f.Entry, &entry))
		change(entry)
		var err error
		f.Entry, err = evidence.Canonical(entry)
		require.NoError(t, err)
		f.Proof = log{commitments: [][]byte{commitmentOf(f.Salt, f.Entry)}}.proof(t, 0, ours)
		b, err := f.Bytes()
		require.NoError(t, err)
		return b
	}
	inProof := func(change func(*evidence.Proof)) []byte {
		var f evidence.File
		require.NoError(t, json.Unmarshal(file, &f))
		change(f.Proof)
		b, err := f.Bytes()
		require.NoError(t, err)
		return b
	}
	require.NotEqual(t, inEntry(func(map[string]any) {}), nil)
	_, err := evidence.Verify(inEntry(func(map[string]any) {}), []string{key})
	require.NoError(t, err, "it is only the change that matters")

	for _, tt := range []struct {
		name string
		file []byte
		keys []string
		want error
		says string
	}{
		{"no key at all", file, nil, fault.Forbidden, "none of the 0 public keys"},
		{"the key of another log", file, []string{otherKey}, fault.Forbidden, "none of the 1 public keys"},
		{"another key of the same name", file, []string{forged}, fault.Forbidden, "none of the 1"},
		{"what is no key", file, []string{"key"}, fault.Malformed, `public key "key"`},
		{"a checkpoint that a forger signed", write(t, four, e, small.proof(t, 0, forger)), []string{key}, fault.Forbidden, "none of"},
		{"a checkpoint of another log signed by that one's key", write(t, four, e, small.proof(t, 0, other)), []string{key}, fault.Forbidden, "none of"},
		{"a checkpoint that names our log and is signed by another's key", nil, []string{otherLog}, fault.Forbidden, "not by a key of the log"},
		{"another answer", write(t, yes, e, log{commitments: [][]byte{four.Commitment}}.proof(t, 0, ours)), []string{key}, fault.Invalid, "does not hold this receipt at leaf 0"},
		{"the proof of another leaf", inProof(func(p *evidence.Proof) { p.Index = 3 }), []string{key}, fault.Invalid, "at leaf 3"},
		{"a leaf beyond the log", inProof(func(p *evidence.Proof) { p.Index = 7 }), []string{key}, fault.Invalid, "leaf 7 is not in a log of 7"},
		{"a leaf before the first", inProof(func(p *evidence.Proof) { p.Index = -1 }), []string{key}, fault.Invalid, "leaf -1"},
		{"a path that is too short", inProof(func(p *evidence.Proof) { p.Path = p.Path[1:] }), []string{key}, fault.Invalid, "leaf 4"},
		{"a path that is too long", inProof(func(p *evidence.Proof) { p.Path = append(p.Path, p.Path[0]) }), []string{key}, fault.Invalid, "leaf 4"},
		{"half a hash", inProof(func(p *evidence.Proof) { p.Path[0] = p.Path[0][:16] }), []string{key}, fault.Malformed, "a hash of 16 bytes"},
		{"a larger log, signed for a smaller one", inProof(func(p *evidence.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n7\n", "\n8\n", 1) }), []string{key}, fault.Forbidden, "is wrong"},
		{"bits behind the signature", inProof(func(p *evidence.Proof) { p.Checkpoint = loose(p.Checkpoint) }), []string{key}, fault.Malformed, "signature"},
		{"another text shown", replace("We’d like", "We would like"), []string{key}, fault.Invalid, "shown: not the text"},
		{"another controller", replace("Reside Housing Association Limited", "Somebody Else Limited"), []string{key}, fault.Invalid, "edition: not the one"},
		{"another time", replace("2026-11-23T10:15:34.12Z", "2025-11-23T10:15:34.12Z"), []string{key}, fault.Invalid, "does not hold"},
		{"another format", replace(evidence.Format, "latchkey-receipt/2"), []string{key}, fault.Malformed, `"latchkey-receipt/2"`},
		{"a field twice", replace(`"shown":`, `"shown":"something else","shown":`), []string{key}, fault.Malformed, "Duplicate key: \"shown\""},
		{"a field of the entry twice", replace(`"entry":{`, `"entry":{"choice":{"answers":{"marketing":"yes"}},`), []string{key}, fault.Malformed, "Duplicate key: \"choice\""},
		{"an answer twice", replace(`"answers":{`, `"answers":{"marketing":"no",`), []string{key}, fault.Malformed, "Duplicate key: \"marketing\""},
		{"a field of the edition twice", replace(`"edition":{"config"`, `"edition":{"site":"other","config"`), []string{key}, fault.Malformed, "Duplicate key: \"site\""},
		{"a field in other case", replace(`"salt":`, `"Salt":`), []string{key}, fault.Malformed, "as it should be"},
		{"a field in both cases", replace(`"shown":`, `"Shown":"something else","shown":`), []string{key}, fault.Malformed, "as it should be"},
		{"a field that nobody knows", replace(`"salt":`, `"note":"","salt":`), []string{key}, fault.Malformed, "unknown field"},
		{"a committed field in other case beside the right one", inEntry(func(e map[string]any) { e["Kind"] = "receipt" }), []string{key}, fault.Malformed, "as it should be"},
		{"a committed field in letters that fold", inEntry(func(e map[string]any) { e["\u212Aind"] = "receipt" }), []string{key}, fault.Malformed, "as it should be"},
		{"a committed field that nobody knows", inEntry(func(e map[string]any) { e["x"] = 1 }), []string{key}, fault.Malformed, "unknown field"},
		{"a committed entry with the site of a purge", inEntry(func(e map[string]any) { e["site"] = "reside" }), []string{key}, fault.Invalid, "more than a receipt"},
		{"a committed answer about what is no choice", inEntry(func(e map[string]any) {
			e["choice"].(map[string]any)["answers"].(map[string]any)["necessary"] = "not-asked"
		}), []string{key}, fault.Invalid, "more than a receipt"},
		{"a committed answer about an unknown purpose", inEntry(func(e map[string]any) { e["choice"].(map[string]any)["answers"].(map[string]any)["other"] = "yes" }), []string{key}, fault.Invalid, `no purpose "other"`},
		{"a committed choice on another site", inEntry(func(e map[string]any) { e["choice"].(map[string]any)["site"] = "other" }), []string{key}, fault.Invalid, "another site"},
		{"a committed choice under another edition's id", inEntry(func(e map[string]any) { e["choice"].(map[string]any)["edition"] = "other" }), []string{key}, fault.Invalid, "another edition by its id"},
		{"a committed erasure", inEntry(func(e map[string]any) { e["kind"] = "erasure" }), []string{key}, fault.Invalid, "not of a receipt"},
		{"a committed nothing", inEntry(func(e map[string]any) { delete(e, "choice") }), []string{key}, fault.Invalid, "not of a receipt"},
		{"a time in other words", inEntry(func(e map[string]any) { e["time"] = "2026-11-23T10:15:34.120Z" }), []string{key}, fault.Malformed, "as it should be"},
		{"a short salt", replace(base64.StdEncoding.EncodeToString(four.Salt), "c2FsdA=="), []string{key}, fault.Invalid, "want 16 bytes, got 4"},
		{"something behind it", append(bytes.Clone(file), "{}"...), []string{key}, fault.Malformed, "not a receipt file"},
		{"half of it", file[:len(file)/2], []string{key}, fault.Malformed, "not a receipt file"},
		{"nothing", nil, []string{key}, fault.Malformed, "not a receipt file"},
		{"null", []byte("null"), []string{key}, fault.Malformed, "format"},
		{"a list", []byte("[]"), []string{key}, fault.Malformed, "not a receipt file"},
		{"a book", bytes.Repeat([]byte(" "), evidence.MaxFile+1), []string{key}, fault.TooLarge, "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file == nil && tt.name != "nothing" {
				p := small.proof(t, 0, other)
				p.Checkpoint = signedBy(t, other, strings.Replace(p.Checkpoint, "other.example.org", origin, 1))
				tt.file = write(t, four, e, p)
			}
			got, err := evidence.Verify(tt.file, tt.keys)
			require.ErrorIs(t, err, tt.want, fmt.Sprint(err))
			assert.ErrorContains(t, err, tt.says)
			assert.Zero(t, got)
		})
	}
}
