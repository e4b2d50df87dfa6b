package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

const (
	selectEdition   = `SELECT key, body FROM editions WHERE id = ?`
	selectEditionAt = `SELECT key, body FROM editions WHERE key = ?`
)

// editions keeps the editions that were asked for in memory: every receipt
// needs its own, there are few of them, and they never change.
type editions struct {
	mu    sync.RWMutex
	byID  map[string]*known
	byKey map[int64]*known
}

// known is an edition with the key of its row and its hash.
type known struct {
	consent.Edition
	key  int64
	hash string
}

func newEditions() *editions {
	return &editions{byID: map[string]*known{}, byKey: map[int64]*known{}}
}

func (e *editions) get(ctx context.Context, db queryer, id string) (*known, error) {
	e.mu.RLock()
	found, ok := e.byID[id]
	e.mu.RUnlock()
	if ok {
		return found, nil
	}
	return e.read(db.QueryRowContext(ctx, selectEdition, id))
}

func (e *editions) at(ctx context.Context, db queryer, key int64) (*known, error) {
	e.mu.RLock()
	found, ok := e.byKey[key]
	e.mu.RUnlock()
	if ok {
		return found, nil
	}
	return e.read(db.QueryRowContext(ctx, selectEditionAt, key))
}

func (e *editions) read(row scanner) (*known, error) {
	k := &known{}
	var body []byte
	if err := row.Scan(&k.key, &body); err != nil {
		return nil, found(err)
	}
	if err := json.Unmarshal(body, &k.Edition); err != nil {
		return nil, fmt.Errorf("stored edition: %w", err)
	}
	var err error
	if k.hash, err = evidence.EditionHash(k.Edition); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byID[k.ID], e.byKey[k.key] = k, k
	return k, nil
}
