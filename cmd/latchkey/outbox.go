package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"latchkey/server/mail"
)

// outboxOf is the folder of a data folder that mail is written to as long as there is no mail server.
func outboxOf(data string) string { return filepath.Join(data, "outbox") }

// forget deletes the files of requests that were erased. What does not go now goes with the next sweep.
func forget(outbox mail.Outbox, log *slog.Logger, references ...string) {
	if _, err := outbox.Forget(references...); err != nil {
		log.Error("mail of requests that were erased could not be deleted", "error", err)
	}
}

// sweep deletes, at the start and every hour, the files of requests that were erased elsewhere, or before a crash.
func sweep(ctx context.Context, outbox mail.Outbox, store mail.Requests, log *slog.Logger) error {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		n, err := outbox.Sweep(ctx, store)
		if n > 0 {
			log.Info("mail of requests that were erased was deleted", "files", n)
		}
		if err != nil && ctx.Err() == nil {
			log.Error("mail of requests that were erased could not be looked for", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hourly.C:
		}
	}
}
