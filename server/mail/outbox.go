package mail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// Outbox is a folder of messages that were written to files. The name of each begins with the reference
// of its request.
type Outbox struct{ Dir string }

// Forget deletes the messages of requests, and reports how many there were. A folder that is not there has none.
func (o Outbox) Forget(references ...string) (n int, err error) {
	for _, reference := range references {
		files, globErr := filepath.Glob(filepath.Join(o.Dir, notInNames.ReplaceAllString(reference, "-")+"-*"+extension))
		err = errors.Join(err, globErr)
		for _, file := range files {
			removed := os.Remove(file)
			if removed == nil {
				n++
			} else if !errors.Is(removed, fs.ErrNotExist) { // whoever collects files was there first
				err = errors.Join(err, fmt.Errorf("outbox: %w", removed))
			}
		}
	}
	if n > 0 {
		err = errors.Join(err, syncDir(o.Dir))
	}
	return n, err
}

// Requests returns a request by its reference, as the server's store does.
type Requests interface {
	Request(ctx context.Context, reference string) (rights.Record, error)
}

// Sweep deletes the messages of all requests that were erased: by another server, or by the command line on another
// machine. It reports how many there were.
func (o Outbox) Sweep(ctx context.Context, store Requests) (n int, err error) {
	entries, err := os.ReadDir(o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	erased := map[string]bool{}
	for _, e := range entries {
		reference, ok := referenceIn(e.Name())
		if !ok {
			continue
		}
		gone, known := erased[reference]
		if !known {
			r, err := store.Request(ctx, reference)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return n, err
			}
			gone = err == nil && r.Erased != nil
			erased[reference] = gone
		}
		if gone {
			deleted, err := o.Forget(reference)
			if n += deleted; err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// extension is that of a message's file.
const extension = ".eml"

// referenceIn returns the reference that the name of a message's file begins with: three parts of it.
func referenceIn(file string) (reference string, ok bool) {
	parts := strings.SplitN(file, "-", 4)
	if len(parts) < 4 || !strings.HasSuffix(file, extension) {
		return "", false
	}
	return strings.Join(parts[:3], "-"), true
}
