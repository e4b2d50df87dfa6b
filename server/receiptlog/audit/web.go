package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// entrySize is the length of an entry of a bundle: two bytes that say so, and a commitment.
const entrySize = 2 + tlog.HashSize

// Web reads a log from the address at which it is public, in the form of
// https://c2sp.org/tlog-tiles.
type Web struct {
	Base   string // such as https://privacy.example.org; the log is below it, at /log/
	Client *http.Client
}

// Checkpoint fetches the newest checkpoint.
func (w *Web) Checkpoint(ctx context.Context) (string, error) {
	b, err := w.get(ctx, "checkpoint", evidence.MaxFile)
	return string(b), err
}

// Tile fetches a tile of exactly width hashes.
func (w *Web) Tile(ctx context.Context, level int, n int64, width int) ([]byte, error) {
	return w.get(ctx, tilePath(level, n, width), perTile*tlog.HashSize)
}

// Commitments fetches bundles of entries. first begins one.
func (w *Web) Commitments(ctx context.Context, first int64, n int) ([][]byte, error) {
	held := make([][]byte, 0, n)
	for len(held) < n {
		width := min(perTile, n-len(held))
		path := tilePath(-1, (first+int64(len(held)))/perTile, width)
		b, err := w.get(ctx, path, perTile*entrySize)
		if errors.Is(err, fault.NotFound) {
			held = append(held, make([][]byte, width)...)
			continue
		}
		if err != nil {
			return nil, err
		}
		for range width {
			if len(b) < entrySize || binary.BigEndian.Uint16(b) != tlog.HashSize {
				return nil, fmt.Errorf("%s: not a bundle of %d entries: %w", path, width, fault.Malformed)
			}
			held, b = append(held, b[2:entrySize]), b[entrySize:]
		}
		if len(b) > 0 {
			return nil, fmt.Errorf("%s: more than a bundle of %d entries: %w", path, width, fault.Malformed)
		}
	}
	return held, nil
}

// tilePath is the path of a tile below /log/; of a bundle of entries at level -1.
func tilePath(level int, n int64, width int) string {
	path := tlog.Tile{H: 8, L: level, N: n, W: width}.Path()
	return strings.Replace(strings.Replace(path, "tile/8/data/", "tile/entries/", 1), "tile/8/", "tile/", 1)
}

// attempts is how often an address that does not answer is asked, with growing pauses.
const attempts = 4

// get fetches what stands at a path of the log. The error wraps [fault.NotFound] if nothing does.
func (w *Web) get(ctx context.Context, path string, limit int64) ([]byte, error) {
	address := strings.TrimRight(w.Base, "/") + "/log/" + path
	for attempt := 1; ; attempt++ {
		body, again, err := w.ask(ctx, address, limit)
		if err == nil || !again || attempt == attempts {
			return body, err
		}
		select {
		case <-time.After(200 * time.Millisecond << attempt):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ask asks once, and says whether it is worth asking again.
func (w *Web) ask(ctx context.Context, address string, limit int64) (body []byte, again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, fmt.Errorf("address %q: %w", address, err)
	}
	res, err := w.Client.Do(r)
	if err != nil {
		return nil, true, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound:
		return nil, false, fmt.Errorf("%s: %w", address, fault.NotFound)
	case res.StatusCode != http.StatusOK:
		busy := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests
		return nil, busy, fmt.Errorf("%s: answered %s", address, res.Status)
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", address, err)
	}
	if int64(len(body)) > limit {
		return nil, false, fmt.Errorf("%s: longer than %d bytes: %w", address, limit, fault.TooLarge)
	}
	return body, false, nil
}
