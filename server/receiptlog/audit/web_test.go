package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/server/receiptlog/audit"
)

// public is a log as it is served: what stands at each path.
type public struct {
	files map[string][]byte
	key   string
	busy  sync.Map // paths that were asked for once, and were too busy to answer
}

// publish makes a log of commitments with tlog's own functions, which the
// auditor uses none of to grow its tree.
func publish(t testing.TB, commitments [][]byte) *public {
	t.Helper()
	private, key, err := note.GenerateKey(rand.Reader, origin)
	require.NoError(t, err)
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	p := &public{files: map[string][]byte{}, key: key}
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, c := range commitments {
		more, err := tlog.StoredHashes(int64(i), c, reader)
		require.NoError(t, err)
		hashes = append(hashes, more...)
	}
	size := int64(len(commitments))
	for _, tile := range tlog.NewTiles(8, 0, size) {
		data, err := tlog.ReadTileData(tile, reader)
		require.NoError(t, err)
		p.files[strings.Replace(tile.Path(), "tile/8/", "/log/tile/", 1)] = data
		if tile.L == 0 {
			var bundle []byte
			for _, c := range commitments[tile.N*256 : tile.N*256+int64(tile.W)] {
				bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(c))), c...)
			}
			p.files[strings.Replace(tile.Path(), "tile/8/0/", "/log/tile/entries/", 1)] = bundle
		}
	}
	root, err := tlog.TreeHash(size, reader)
	require.NoError(t, err)
	signed, err := evidence.Checkpoint{Origin: origin, Size: size, Root: root}.Sign(signer)
	require.NoError(t, err)
	p.files["/log/checkpoint"] = []byte(signed)
	return p
}

// ServeHTTP answers every first request with an excuse.
func (p *public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := p.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if _, again := p.busy.LoadOrStore(r.URL.Path, true); !again && strings.Contains(r.URL.Path, "checkpoint") {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	w.Write(body)
}

func (p *public) check(t *testing.T) (*audit.Report, error) {
	t.Helper()
	s := httptest.NewServer(p)
	defer s.Close()
	return audit.Log(context.Background(), &audit.Web{Base: s.URL + "/", Client: s.Client()}, audit.Options{Keys: []string{p.key}})
}

func commitments(n int) [][]byte {
	var all [][]byte
	for i := range n {
		c := sha256.Sum256(fmt.Append(nil, i))
		all = append(all, c[:])
	}
	return all
}

func TestAPublicLogHoldsAtAnySize(t *testing.T) {
	for _, size := range []int{1, 2, 3, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 65536, 65793} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			report, err := publish(t, commitments(size)).check(t)
			require.NoError(t, err)
			assert.Empty(t, report.Problems)
			assert.EqualValues(t, size, report.Checkpoint.Size)
		})
	}
	t.Run("nothing yet", func(t *testing.T) {
		p := publish(t, nil)
		delete(p.files, "/log/checkpoint")
		report, err := p.check(t)
		require.NoError(t, err)
		assert.Empty(t, report.Problems)
		assert.Zero(t, report.Checkpoint.Size)
	})
}

func TestNothingThatIsPublicCanBeChanged(t *testing.T) {
	p := publish(t, commitments(600))
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		good := p.files[path]
		for name, bad := range map[string][]byte{
			"the first bit":  flip(good, 0),
			"a bit between":  flip(good, len(good)/2),
			"the last bit":   flip(good, len(good)-1),
			"cut short":      good[:len(good)-1],
			"made longer":    append(bytes.Clone(good), 0),
			"two exchanged":  exchanged(good),
			"not there":      nil,
			"nothing in it":  {},
			"another's body": p.files["/log/tile/1/000.p/2"],
		} {
			if bytes.Equal(bad, good) && bad != nil {
				continue
			}
			t.Run(path+" "+name, func(t *testing.T) {
				changed := &public{files: maps.Clone(p.files), key: p.key}
				changed.files[path] = bad
				if bad == nil {
					delete(changed.files, path)
				}
				changed.busy.Store("/log/checkpoint", true)
				report, err := changed.check(t)
				if name == "not there" && path == "/log/checkpoint" {
					require.NoError(t, err)
					assert.Zero(t, report.Checkpoint.Size, "it is not told from a log that is empty, except by an older checkpoint")
					return
				}
				if err == nil {
					assert.NotEmpty(t, report.Problems)
				}
			})
		}
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// exchanged puts two neighbours, each of 32 bytes, in the place of one another.
func exchanged(b []byte) []byte {
	if len(b) < 102 {
		return b
	}
	if n := 34; b[0] == 0 && b[1] == 32 {
		return slices.Concat(b[n:2*n], b[:n], b[2*n:])
	}
	return slices.Concat(b[32:64], b[:32], b[64:])
}

func TestALeafThatIsThereTwiceIsFound(t *testing.T) {
	all := commitments(300)
	all[299] = all[4]
	report, err := publish(t, all).check(t)
	require.NoError(t, err)
	require.Len(t, report.Problems, 1)
	assert.Equal(t, "leaf 299: It has the same commitment as leaf 4.", report.Problems[0].String())
}

func TestAServerThatDoesNotAnswerIsAnErrorAndNoVerdict(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) }))
	defer s.Close()
	_, err := audit.Log(t.Context(), &audit.Web{Base: s.URL, Client: s.Client()}, audit.Options{})
	require.ErrorContains(t, err, "/log/checkpoint: answered 403")
}
