package receiptlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// checkpointPath is where the newest checkpoint is kept.
func (k Keys) checkpointPath() string { return filepath.Join(k.dir, k.name.CheckpointFile()) }

// recall reads the checkpoint that was kept, if there is one.
func (l *Log) recall() error {
	path := l.keys.checkpointPath()
	signed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("newest checkpoint of the %s: %w", l.keys.name.words(), err)
	}
	kept, err := evidence.OpenCheckpoint(string(signed), l.keys.Public)
	if err != nil {
		return fmt.Errorf("%s: %w: it was damaged, or belongs to another log; put it back from where these keys come from, or move it away: %w", path, err, fault.Conflict)
	}
	l.kept.Store(&keptCheckpoint{kept, string(signed)})
	return nil
}

// Checkpoint returns the newest signed checkpoint; [fault.NotFound] before the first. It is kept beside the
// keys before it is returned, so whoever holds one that this server has published finds it going on from
// that for ever. If the store holds another log, or an older one, the error wraps [fault.Unavailable].
func (l *Log) Checkpoint(ctx context.Context) (string, error) {
	signed, err := l.store.Checkpoint(ctx)
	if err != nil {
		return "", err
	}
	if kept := l.kept.Load(); kept != nil && kept.signed == signed {
		return signed, nil
	}
	signed, err = l.keep(ctx)
	if errors.Is(err, fault.Conflict) { // whose text is for the operator
		return "", fmt.Errorf("the log in the database is not the one that this server has published before: %w", fault.Unavailable)
	}
	return signed, err
}

// newest returns the newest checkpoint in the store, after making sure that it goes on from
// the one that was kept; an empty text for a log without leaves.
func (l *Log) newest(ctx context.Context) (signed string, at evidence.Checkpoint, err error) {
	signed, err = l.store.Checkpoint(ctx)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", at, err
	}
	if err == nil {
		if at, err = evidence.OpenCheckpoint(signed, l.keys.Public); err != nil {
			return "", at, fmt.Errorf("the log in the database was not signed by the keys that are here; put back the key files that it was kept with: %w: %w", err, fault.Conflict)
		}
	}
	kept := l.kept.Load()
	if kept == nil {
		return signed, at, nil
	}
	if at.Size < kept.Size {
		return "", at, l.forks(at)
	}
	proof, err := tlog.ProveTree(at.Size, kept.Size, newTree(l.head(ctx, at, signed)))
	if err != nil {
		return "", at, fmt.Errorf("consistency of the log with %s: %w", l.keys.checkpointPath(), err)
	}
	if tlog.CheckTree(proof, at.Size, at.Root, kept.Size, kept.Root) != nil {
		return "", at, l.forks(at)
	}
	return signed, at, nil
}

// forks says that a log which goes on from at would contradict the checkpoint that was kept.
func (l *Log) forks(at evidence.Checkpoint) error {
	kept := l.kept.Load()
	found := "has none"
	switch {
	case at.Size >= kept.Size:
		found = fmt.Sprintf("has one of %d leaves that is not its continuation", at.Size)
	case at.Size > 0:
		found = fmt.Sprintf("has one of only %d", at.Size)
	}
	return fmt.Errorf("%s is of a log of %d leaves, and the database %s: it is another one, or an older one, or its log was lost. "+
		"To go on would make a second history, which contradicts what others hold. Give the server the database that goes on from this checkpoint: "+
		"look at --data and --database, or restore a newer backup. If all of that is lost, move this file away, run %s, "+
		"and tell those who keep checkpoints: %w", l.keys.checkpointPath(), kept.Size, found, l.keys.name.rotate(), fault.Conflict)
}

// keep keeps the newest checkpoint in the store, if the log goes on from the one that was kept before, and
// returns it.
func (l *Log) keep(ctx context.Context) (signed string, err error) {
	l.keeping.Lock()
	defer l.keeping.Unlock()
	signed, at, err := l.newest(ctx)
	if err == nil {
		l.save(signed, at)
	} else if errors.Is(err, fault.Conflict) && !l.forked.Swap(true) {
		l.log.Error("the log in the database is not the one that this server knows", "error", err)
	}
	return signed, err
}

// save keeps a checkpoint that goes on from the one before. A folder that can only be read stops no server.
func (l *Log) save(signed string, at evidence.Checkpoint) {
	l.forked.Store(false)
	if kept := l.kept.Load(); signed == "" || kept != nil && kept.Size == at.Size {
		return
	}
	err := l.keys.name.KeepCheckpoint(l.keys.dir, signed)
	l.kept.Store(&keptCheckpoint{at, signed}) // after it is on the disk: from here on it is shown to anybody
	if err != nil && !l.unkept.Load() {
		l.log.Warn("the newest checkpoint is not kept beside the keys: a database that is lost or older may go unnoticed at the next start", "error", err)
	}
	l.unkept.Store(err != nil)
}
