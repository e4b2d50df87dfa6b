package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// ahead is how many months after that of a receipt have their partition made
// with it, so that a new month begins with one.
const ahead = 2

// months makes the partitions of receipts. The zero value knows of none.
type months struct {
	mu    sync.Mutex
	ready map[time.Time]bool // months that have a partition, as have the ones after
}

// prepare makes sure that the months of rows, and the next ones, have their partition.
func (m *months) prepare(ctx context.Context, pool timed, rows []row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rows {
		month := monthOf(r.time)
		if m.ready[month] {
			continue
		}
		if err := makePartitions(ctx, pool, month); err != nil {
			return fmt.Errorf("partitions from %s: %w", month.Format("2006-01"), err)
		}
		if m.ready == nil {
			m.ready = map[time.Time]bool{}
		}
		m.ready[month] = true
	}
	return nil
}

// forget makes the next prepare look again.
func (m *months) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready = nil
}

// monthOf returns the beginning of the month of a time, UTC.
func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// makePartitions makes the partitions that are missing from a month on. One is
// made as a table and then attached, because that holds up no reader or writer of the others.
func makePartitions(ctx context.Context, pool timed, month time.Time) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) // without effect after Commit
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(partitionLock)); err != nil {
		return err
	}
	for n := range ahead + 1 {
		from, to := month.AddDate(0, n, 0), month.AddDate(0, n+1, 0)
		name := from.Format("receipts_2006_01")
		var there bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'receipts'::regclass AND inhrelid = to_regclass($1))`, name).Scan(&there)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		_, err = tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE %[1]s (LIKE receipts INCLUDING ALL);
			ALTER TABLE receipts ATTACH PARTITION %[1]s FOR VALUES FROM ('%[2]s') TO ('%[3]s');
			CREATE TRIGGER not_emptied BEFORE TRUNCATE ON %[1]s EXECUTE FUNCTION refuse_change('receipts are append-only')`,
			name, from.Format(time.RFC3339), to.Format(time.RFC3339)))
		if err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
