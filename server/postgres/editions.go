package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"latchkey/app/consent"
)

// editions keeps the editions that were asked for in memory: every receipt
// needs its own, there are few of them, and they never change.
type editions struct {
	mu    sync.RWMutex
	byID  map[string]known
	byKey map[int32]known
}

// known is an edition with the key of its row.
type known struct {
	consent.Edition
	key int32
}

func newEditions() *editions {
	return &editions{byID: map[string]known{}, byKey: map[int32]known{}}
}

func (e *editions) get(ctx context.Context, db queryer, id string) (known, error) {
	e.mu.RLock()
	k, ok := e.byID[id]
	e.mu.RUnlock()
	if ok {
		return k, nil
	}
	return e.read(ctx, db, `SELECT key, body FROM editions WHERE id = $1`, id)
}

func (e *editions) at(ctx context.Context, db queryer, key int32) (known, error) {
	e.mu.RLock()
	k, ok := e.byKey[key]
	e.mu.RUnlock()
	if ok {
		return k, nil
	}
	return e.read(ctx, db, `SELECT key, body FROM editions WHERE key = $1`, key)
}

func (e *editions) read(ctx context.Context, db queryer, query string, arg any) (known, error) {
	var k known
	var body []byte
	if err := db.QueryRow(ctx, query, arg).Scan(&k.key, &body); err != nil {
		return known{}, found(err)
	}
	if err := json.Unmarshal(body, &k.Edition); err != nil {
		return known{}, fmt.Errorf("stored edition: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byID[k.ID], e.byKey[k.key] = k, k
	return k, nil
}

// AddEdition keeps an edition and the text it showed. Adding the same one
// again changes nothing.
func (s *Store) AddEdition(ctx context.Context, e consent.Edition, text string) error {
	body, err := json.Marshal(e)
	if err == nil {
		// Two INSERTs in one statement would not see each other's rows, and are not
		// needed: a text without an edition does no harm.
		_, err = s.writing.Exec(ctx, `INSERT INTO texts (hash, text) VALUES ($1, $2) ON CONFLICT DO NOTHING`, e.Shown, text)
	}
	if err == nil {
		// Without the condition every start of a server would use up keys.
		_, err = s.writing.Exec(ctx, `INSERT INTO editions (id, site, controller, shown, body)
			SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM editions WHERE id = $1) ON CONFLICT DO NOTHING`,
			e.ID, e.Site, e.Controller.Entity, e.Shown, string(body))
	}
	if err != nil {
		return fmt.Errorf("edition %s: %w", e.ID, kind(err))
	}
	return nil
}

// Edition returns the edition with an id.
func (r *Reader) Edition(ctx context.Context, id string) (consent.Edition, error) {
	e, err := r.editions.get(ctx, r.pool, id)
	if err != nil {
		return consent.Edition{}, fmt.Errorf("edition %q: %w", id, err)
	}
	return e.Edition, nil
}

// ShownText returns the text kept under a hash.
func (r *Reader) ShownText(ctx context.Context, hash string) (string, error) {
	var text string
	if err := r.pool.QueryRow(ctx, `SELECT text FROM texts WHERE hash = $1`, hash).Scan(&text); err != nil {
		return "", fmt.Errorf("shown text %q: %w", hash, found(err))
	}
	return text, nil
}
