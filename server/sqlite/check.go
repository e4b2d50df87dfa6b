package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"latchkey/app/fault"
)

// Check reads the whole file and reports what is damaged: pages that do not belong together, rows that break a rule
// of their table, indexes that do not fit their tables, and rows that refer to nothing. Whether a row says what it
// said when it was written is for package audit. The error wraps [fault.Damaged] and says where.
func (r *Reader) Check(ctx context.Context) error {
	return errors.Join(r.pages(ctx, `PRAGMA integrity_check(5)`), r.references(ctx))
}

// QuickCheck is [Reader.Check] without comparing indexes with tables: about as long as it takes to read the file once.
func (r *Reader) QuickCheck(ctx context.Context) error { return r.pages(ctx, `PRAGMA quick_check(5)`) }

// damaged is what was found; what ended the check is left as it is.
func damaged(ctx context.Context, format string, args ...any) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("the database file is damaged: "+format+": %w", append(args, fault.Damaged)...)
}

func (r *Reader) pages(ctx context.Context, check string) error {
	rs, err := r.db.QueryContext(ctx, check)
	if err != nil {
		return damaged(ctx, "%w", err)
	}
	defer rs.Close()
	var wrong []string
	for rs.Next() {
		var found string
		if err := rs.Scan(&found); err != nil {
			return damaged(ctx, "%w", err)
		}
		if found != "ok" {
			wrong = append(wrong, strings.TrimSpace(found))
		}
	}
	if err := rs.Err(); err != nil {
		return damaged(ctx, "%w", err)
	}
	if len(wrong) > 0 {
		return damaged(ctx, "%s", strings.Join(wrong, "; "))
	}
	return nil
}

func (r *Reader) references(ctx context.Context) error {
	var table, parent sql.NullString
	var row, key sql.NullInt64
	err := r.db.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&table, &row, &parent, &key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return damaged(ctx, "%w", err)
	}
	return damaged(ctx, "row %d of %s refers to a row of %s that is not there", row.Int64, table.String, parent.String)
}

// CheckSchema compares the tables, the indexes and the triggers, which keep evidence from being changed, with those
// of a new database. Its error wraps [fault.Damaged], too.
func (r *Reader) CheckSchema(ctx context.Context) error {
	new, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer new.Close()
	new.SetMaxOpenConns(1) // each has a database of its own
	if err := migrate(ctx, new); err != nil {
		return err
	}
	want, err := schemaOf(ctx, new)
	if err != nil {
		return err
	}
	have, err := schemaOf(ctx, r.db)
	if err != nil {
		return damaged(ctx, "%w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch text, ok := have[name]; {
		case !ok:
			return damaged(ctx, "%s is missing in its schema", name)
		case text != want[name]:
			return damaged(ctx, "%s was changed in its schema", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok && strings.HasPrefix(name, "trigger ") {
			return damaged(ctx, "%s was added to its schema", name)
		}
	}
	return r.versions(ctx)
}

// schemaOf are the texts of what a database consists of, by kind and name.
func schemaOf(ctx context.Context, db querier) (map[string]string, error) {
	parts := map[string]string{}
	const text = `SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version'`
	for part, err := range scanned(ctx, db, text, nil, func(row scanner) (part [2]string, err error) { return part, row.Scan(&part[0], &part[1]) }) {
		if err != nil {
			return nil, err
		}
		parts[part[0]] = part[1]
	}
	return parts, nil
}

// versions makes sure that the record of migrations is that of a database which has seen each of them once.
func (r *Reader) versions(ctx context.Context) error {
	p, err := provider(r.db)
	if err != nil {
		return err
	}
	want := []int64{0}
	for _, source := range p.ListSources() {
		want = append(want, source.Version)
	}
	var have []int64
	const text = `SELECT version_id FROM goose_db_version WHERE is_applied = 1 ORDER BY version_id`
	for version, err := range scanned(ctx, r.db, text, nil, func(row scanner) (v int64, err error) { return v, row.Scan(&v) }) {
		if err != nil {
			return damaged(ctx, "%w", err)
		}
		have = append(have, version)
	}
	if !slices.Equal(have, want) {
		return damaged(ctx, "its record of migrations is %v, want %v", have, want)
	}
	return nil
}
