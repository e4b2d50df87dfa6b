package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/fault"
	"latchkey/server/retention"
)

// receiptsScrubCmd takes what was erased off the disk. The server does the same by itself, as far as that
// makes nobody wait.
type receiptsScrubCmd struct {
	dataFlags
}

// anyLength is as long as it takes: whoever gives the command knows that others wait.
const anyLength = 7 * 24 * time.Hour

// Run takes off the disk what was erased, and says whether anything is left.
func (c *receiptsScrubCmd) Run(ctx context.Context, s streams) error {
	reader, err := c.open(ctx) // which makes no database where there is none
	if err != nil {
		return err
	}
	if err := reader.Close(); err != nil {
		return err
	}
	store, err := openStore(ctx, c.Database, c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := scrub(ctx, store, anyLength); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "Nothing of what was erased is left on the disk of the database.")
	return nil
}

// scrubTries is how often a command tries to scrub, a second apart: others may read what was before.
const scrubTries = 10

// scrub takes what was erased off the disk of a store.
func scrub(ctx context.Context, store retention.Scrubbable, pause time.Duration) (err error) {
	for range scrubTries {
		if err = store.Scrub(ctx, pause); !errors.Is(err, fault.Unavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("something of what was erased is left on the disk: %s", fault.Text(err))
}

// scrubAfter scrubs after a command has erased something, and says what a server, or another command, is left to do.
func scrubAfter(ctx context.Context, s streams, store retention.Scrubbable) {
	if err := scrub(ctx, store, retention.ScrubByNight); err != nil {
		fmt.Fprintf(s.err, "latchkey: %v. A server that runs goes on trying; \"latchkey receipts scrub\" does it now\n", err)
	}
}
