package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

func (r *running) get(path string) answer { return r.do(http.MethodGet, path, "") }

// receiptFile gets the file of a receipt that was just posted.
func (r *running) receiptFile(answer answer) []byte {
	r.t.Helper()
	var posted struct{ Receipt, Token string }
	require.NoError(r.t, json.Unmarshal([]byte(answer.body), &posted))
	got := r.do(http.MethodGet, "/api/receipts/"+posted.Receipt+"/file", "", "Authorization", "Bearer "+posted.Token)
	require.Equal(r.t, http.StatusOK, got.status, got.body)
	assert.Contains(r.t, got.header.Get("Content-Disposition"), posted.Receipt)
	return []byte(got.body)
}

func TestAReceiptIsProvedByItsFileAndThePublicKeyAlone(t *testing.T) {
	r := start(t)
	var answers []answer
	s := r.submission()
	for n := range 300 { // more than a tile
		s["event"] = fmt.Sprintf("00000000-0000-4000-9000-%012d", n)
		got := r.postReceipt(s)
		require.Equal(t, http.StatusCreated, got.status, got.body)
		answers = append(answers, got)
	}
	keys := strings.Fields(r.get("/log/keys").body)
	require.Len(t, keys, 1)

	assert.Equal(t, http.StatusNotFound, r.get("/log/checkpoint").status, "an empty log has no state")
	finding, err := evidence.Verify(r.receiptFile(answers[0]), keys)
	require.ErrorIs(t, err, evidence.ErrPending)
	assert.Equal(t, consent.AcceptAll, finding.Receipt.Event.Method, "what it says is there before its proof")

	require.NoError(t, r.ledger.Integrate(t.Context()))
	for n, a := range answers {
		finding, err := evidence.Verify(r.receiptFile(a), keys)
		require.NoError(t, err)
		assert.EqualValues(t, n, finding.Index)
		assert.EqualValues(t, 300, finding.Checkpoint.Size)
		assert.NotEmpty(t, finding.Shown)
	}
}

func TestTheLogIsPublicInTiles(t *testing.T) {
	r := start(t)
	s := r.submission()
	for n := range 300 {
		s["event"] = fmt.Sprintf("00000000-0000-4000-9000-%012d", n)
		require.Equal(t, http.StatusCreated, r.postReceipt(s).status)
	}
	require.NoError(t, r.ledger.Integrate(t.Context()))
	keys := strings.Fields(r.get("/log/keys").body)
	at, err := evidence.OpenCheckpoint(r.get("/log/checkpoint").body, keys)
	require.NoError(t, err)
	assert.Equal(t, "privacy.example.org", at.Origin)

	t.Run("the leaves are the entries, and the tree is theirs", func(t *testing.T) {
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			var out []tlog.Hash
			for _, i := range indexes {
				out = append(out, stored[i])
			}
			return out, nil
		})
		entries := r.get("/log/tile/entries/000").body + r.get("/log/tile/entries/001.p/44").body
		require.Len(t, entries, 300*34)
		leaves := r.get("/log/tile/0/000").body + r.get("/log/tile/0/001.p/44").body
		for n := range 300 {
			entry := entries[n*34 : n*34+34]
			assert.Equal(t, "\x00\x20", entry[:2], "32 bytes follow")
			leaf := tlog.RecordHash([]byte(entry[2:]))
			assert.Equal(t, leaves[n*32:n*32+32], string(leaf[:]))
			more, err := tlog.StoredHashes(int64(n), []byte(entry[2:]), read)
			require.NoError(t, err)
			stored = append(stored, more...)
		}
		root, err := tlog.TreeHash(300, read)
		require.NoError(t, err)
		assert.Equal(t, root, at.Root)
	})
	for _, c := range []struct {
		name, path string
		status     int
	}{
		{"a full tile", "/log/tile/0/000", 200},
		{"a tile as it was when it was smaller", "/log/tile/0/000.p/17", 200},
		{"a tile above", "/log/tile/1/000.p/1", 200},
		{"a tile that has not grown so far", "/log/tile/0/001.p/45", 404},
		{"a tile that is not full", "/log/tile/0/001", 404},
		{"a tile that is not there", "/log/tile/0/002.p/1", 404},
		{"a path that is not one", "/log/tile/0/1", 404},
		{"a level that is not one", "/log/tile/data/000", 404},
		{"entries that are not there", "/log/tile/entries/001.p/45", 404},
		{"something else", "/log/", 404},
		{"entries so far on that their numbers overflow to the first", "/log/tile/entries/x001/x152/x921/x504/x606/x846/976", 404},
		{"entries so far on that their numbers overflow to less than none", "/log/tile/entries/x036/x028/x797/x018/x963/968", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.get(c.path)
			require.Equal(t, c.status, got.status, got.body)
			if c.status == http.StatusOK {
				assert.Contains(t, got.header.Get("Cache-Control"), "immutable")
				assert.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"))
			}
		})
	}
}
