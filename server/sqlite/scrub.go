package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"latchkey/app/fault"
)

// What is erased with secure_delete is overwritten in its row and its index
// entries. Older copies are left in two places: in the write-ahead log, which
// holds whole pages as they once were, and in the unused room of pages of the
// file, where SQLite leaves what it has moved to another page when it split
// one. Scrub clears both.

const (
	// scrubSpeed is how many pages (of 4 KiB) are looked through in a second, on a slow machine.
	scrubSpeed = 16 << 10
	// scrubAtOnce is how long that may take after an erasure. A larger database is looked through by night.
	scrubAtOnce = time.Second
	// scrubStep is how many pages are read, or written, at a time. Writers wait for one such step.
	scrubStep = 256
	// scrubWait is how long the write-ahead log may wait for its last reader, and writers with it.
	scrubWait = 100 * time.Millisecond
)

// Scrub leaves nothing on the disk of what was erased; see the server's store interface.
func (s *Store) Scrub(ctx context.Context, pause time.Duration) error {
	s.scrubbing.Lock()
	defer s.scrubbing.Unlock()
	if err := s.scrub(ctx, pause); err != nil {
		return fmt.Errorf("scrub the database: %w", kind(err))
	}
	return nil
}

// scrubErased scrubs after an erasure, unless somebody is at it. What does not come off is for who calls
// [Store.Scrub] later.
func (s *Store) scrubErased(ctx context.Context) {
	if !s.scrubbing.TryLock() {
		return
	}
	defer s.scrubbing.Unlock()
	s.scrub(ctx, scrubAtOnce)
}

func (s *Store) scrub(ctx context.Context, pause time.Duration) error {
	var pages int64
	if err := s.db.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		return err
	}
	takes := time.Duration(pages) * time.Second / scrubSpeed
	if takes <= pause {
		if err := s.scrubPages(ctx, pages); err != nil {
			return err
		}
	}
	if err := s.truncateWAL(ctx); err != nil {
		return err
	}
	if takes > pause {
		return fmt.Errorf("to look through its %d pages takes about %s: %w", pages, takes.Round(time.Second), fault.Unavailable)
	}
	return nil
}

// scrubPages overwrites the unused room of the first so many pages.
func (s *Store) scrubPages(ctx context.Context, pages int64) error {
	if pages >= maxPages {
		return fmt.Errorf("it has %d pages, more than can be told apart", pages)
	}
	for first := int64(1); first <= pages; first += scrubStep {
		dirty, err := unscrubbed(ctx, s.db, first, first+scrubStep-1)
		if err != nil {
			return err
		}
		if len(dirty) == 0 {
			continue
		}
		// In the meantime they may have changed.
		err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for number := range dirty {
				if err := scrubPage(ctx, tx, number); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	selectPages = `SELECT pgno, data FROM sqlite_dbpage WHERE pgno BETWEEN ? AND ?`
	updatePage  = `UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`
)

// unscrubbed returns which of some pages have something in their unused room.
func unscrubbed(ctx context.Context, db querier, first, last int64) (map[int64]bool, error) {
	rs, err := db.QueryContext(ctx, selectPages, first, last)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	found := map[int64]bool{}
	for rs.Next() {
		var number int64
		var page sql.RawBytes
		if err := rs.Scan(&number, &page); err != nil {
			return nil, err
		}
		if !zero(unused(number, page)) {
			found[number] = true
		}
	}
	return found, rs.Err()
}

// scrubPage overwrites the unused room of a page.
func scrubPage(ctx context.Context, tx *sql.Tx, number int64) error {
	var page []byte
	if err := tx.QueryRowContext(ctx, selectPages, number, number).Scan(&number, &page); err != nil {
		return err
	}
	room := unused(number, page)
	if zero(room) {
		return nil
	}
	clear(room)
	_, err := tx.ExecContext(ctx, updatePage, page, number)
	return err
}

// maxPages is the size of a database, in pages, up to which the first byte of a page tells that
// it is one of a b-tree: what overflows a page, or is free, begins with the number of the page that follows.
const maxPages = 0x02000000

// fileHeader is how much of the first page stands before its b-tree.
const fileHeader = 100

// unused is the room of a page between what points to its cells and the first of these; nil if the page
// is none of a b-tree. See https://www.sqlite.org/fileformat2.html, section 1.6.
func unused(number int64, page []byte) []byte {
	start := 0
	if number == 1 {
		start = fileHeader
	}
	if len(page) < start+12 {
		return nil
	}
	head := page[start:]
	pointers := start
	switch head[0] {
	case 0x02, 0x05: // interior, of an index or a table
		pointers += 12
	case 0x0a, 0x0d: // leaf
		pointers += 8
	default:
		return nil
	}
	from := pointers + 2*int(binary.BigEndian.Uint16(head[3:]))
	to := int(binary.BigEndian.Uint16(head[5:]))
	if to == 0 {
		to = 1 << 16
	}
	if from > to || to > len(page) {
		return nil
	}
	return page[from:to]
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// truncateWAL brings what the write-ahead log holds into the file, and empties it. As long as somebody reads
// the database as it was, the error wraps [fault.Unavailable].
func (s *Store) truncateWAL(ctx context.Context) error {
	// Most of it is done while others write. The rest waits for who reads what was before their last write.
	if _, err := checkpoint(ctx, s.db, "PASSIVE"); err != nil {
		return err
	}
	return s.writer.alone(ctx, func(ctx context.Context, db *sql.DB) error {
		whole, err := checkpoint(ctx, db, "TRUNCATE")
		if err == nil && !whole {
			err = fmt.Errorf("somebody reads it as it was before: %w", fault.Unavailable)
		}
		return err
	})
}

// checkpoint moves pages from the write-ahead log to the file, and reports whether all were moved.
// It waits for others up to scrubWait.
func checkpoint(ctx context.Context, db *sql.DB, mode string) (whole bool, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout(%d)`, scrubWait.Milliseconds())); err != nil {
		return false, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout(5000)`)
	var busy, pages, moved int64
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+mode+`)`).Scan(&busy, &pages, &moved)
	return busy == 0 && pages == moved, err
}
