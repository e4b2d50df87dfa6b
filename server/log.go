package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// The log of receipts is public, in the form of https://c2sp.org/tlog-tiles, so
// that anybody can check it and keep a copy. It holds salted hashes and
// nothing of a receipt.

// logCheckpoint returns the newest signed state of the log.
func (s *Server) logCheckpoint(w http.ResponseWriter, r *http.Request) error {
	text, err := s.receiptLog.Checkpoint(r.Context())
	if errors.Is(err, fault.NotFound) {
		return fmt.Errorf("the log is empty: there is no receipt yet: %w", fault.NotFound)
	}
	if err != nil {
		return err
	}
	return publish(w, "text/plain; charset=utf-8", "no-cache", []byte(text))
}

// logKeys returns the public keys of the log in the note format, the one that signs now first.
func (s *Server) logKeys(w http.ResponseWriter, r *http.Request) error {
	return publish(w, "text/plain; charset=utf-8", "no-cache", []byte(strings.Join(s.receiptLog.Keys(), "\n")+"\n"))
}

// logTile returns a tile of hashes, or an entry bundle: what the leaves hold.
func (s *Server) logTile(w http.ResponseWriter, r *http.Request) error {
	path := r.PathValue("path")
	none := fmt.Errorf("the log has no tile %q: %w", path, fault.NotFound)
	rest, entries := strings.CutPrefix(path, "entries/")
	if entries {
		path = "data/" + rest
	}
	tile, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", receiptlog.Height, path))
	if err != nil || tile.L < 0 && !entries || tile.N > math.MaxInt64>>receiptlog.Height { // the number of its first leaf would not fit
		return none
	}
	var body []byte
	if entries {
		held, err := s.store.Commitments(r.Context(), tile.N<<receiptlog.Height, tile.W)
		if err != nil {
			return err
		}
		if len(held) < tile.W {
			return none
		}
		for _, c := range held {
			body = append(binary.BigEndian.AppendUint16(body, uint16(len(c))), c...)
		}
	} else {
		hashes, err := s.store.Tile(r.Context(), tile.L, tile.N)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if len(hashes) < tile.W*tlog.HashSize {
			return none
		}
		body = hashes[:tile.W*tlog.HashSize]
	}
	return publish(w, "application/octet-stream", forEver, body)
}

// publish answers with what anybody may read, from any page.
func publish(w http.ResponseWriter, media, cache string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", cache)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, err := w.Write(body)
	return err
}
