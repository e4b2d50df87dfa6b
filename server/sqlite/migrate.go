package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
)

//go:embed migrations
var migrations embed.FS

func provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(
		goose.NewGoMigration(2, &goose.GoFunc{RunTx: toEntries}, nil),
		goose.NewGoMigration(6, &goose.GoFunc{RunTx: toAuditLog}, nil),
	))
}

func migrate(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("schema %d is of a newer version of the program, which knows %d: %w", have, want, fault.Conflict)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

// checkVersion compares the schema with the one of this program, writing
// nothing.
func checkVersion(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	var have int64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&have); err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if have != want {
		return fmt.Errorf("schema is %d, this program needs %d; the server brings it up to date when it starts: %w", have, want, fault.Conflict)
	}
	return nil
}

// insertEntry adds a receipt to the table that migration 2 makes.
const insertEntry = `INSERT INTO entries (commitment, salt, id, event, time, edition, choice) VALUES (?, ?, ?, ?, ?, ?, ?)`

// toEntries is migration 2: every receipt gets a salt and a commitment, and
// waits for its place in the log.
func toEntries(ctx context.Context, tx *sql.Tx) error {
	script, err := migrations.ReadFile("migrations/2/receipt_log.sql")
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(script)); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, insertEntry)
	if err != nil {
		return err
	}
	defer insert.Close()
	editions := newEditions()
	var last int64
	for {
		var old struct {
			id, body string
			time     int64
		}
		err := tx.QueryRowContext(ctx, `SELECT seq, id, time, body FROM receipts_1 WHERE seq > ? ORDER BY seq LIMIT 1`, last).
			Scan(&last, &old.id, &old.time, &old.body)
		if err == sql.ErrNoRows {
			break
		}
		if err != nil {
			return err
		}
		r := consent.Stored{Receipt: consent.Receipt{ID: old.id, Time: fromMillis(old.time)}, Salt: make([]byte, evidence.SaltSize)}
		rand.Read(r.Salt) // never fails
		if err := json.Unmarshal([]byte(old.body), &r.Event); err != nil {
			return fmt.Errorf("receipt %s: %w", old.id, err)
		}
		e, err := editionOf(ctx, tx, r.Event)
		if err != nil {
			return fmt.Errorf("receipt %s: %w", old.id, err)
		}
		r.Edition = e.ID
		known, err := editions.get(ctx, tx, e.ID)
		if err != nil {
			return fmt.Errorf("receipt %s: %w", old.id, err)
		}
		if r.Commitment, err = evidence.Commit(r.Salt, evidence.Record(r, known.hash)); err != nil {
			return fmt.Errorf("receipt %s: %w", old.id, err)
		}
		row, err := newRow(&r, known.key)
		if err == nil {
			_, err = insert.ExecContext(ctx, row.commitment, row.salt, row.id[:], row.event[:], row.time, row.edition, row.choice)
		}
		if err != nil {
			return fmt.Errorf("receipt %s: %w", old.id, err)
		}
	}
	_, err = tx.ExecContext(ctx, `DROP TABLE receipts_1`)
	return err
}

// editionOf returns the edition that an event was completed with. Events used
// to be kept without its id. Where it is not there, what the event holds of it is kept as one.
func editionOf(ctx context.Context, tx *sql.Tx, ev consent.Event) (consent.Edition, error) {
	want := consent.Edition{
		Site: ev.Site, Layer: ev.Layer, Language: ev.Language, Shown: ev.Shown, Controller: ev.Controller,
		Revision: ev.Revision, Notice: ev.Notice, Config: ev.Config, Loader: ev.Loader,
	}
	for _, p := range ev.Purposes {
		want.Purposes = append(want.Purposes, p.Purpose)
	}
	text, err := json.Marshal(want)
	if err != nil {
		return consent.Edition{}, err
	}
	rs, err := tx.QueryContext(ctx, `SELECT body FROM editions WHERE site = ? AND shown = ?`, ev.Site, ev.Shown)
	if err != nil {
		return consent.Edition{}, err
	}
	defer rs.Close()
	for rs.Next() {
		var body []byte
		var e consent.Edition
		if err := rs.Scan(&body); err != nil {
			return consent.Edition{}, err
		}
		if err := json.Unmarshal(body, &e); err != nil {
			return consent.Edition{}, err
		}
		id := e.ID
		e.ID = ""
		if b, err := json.Marshal(e); err == nil && string(b) == string(text) {
			e.ID = id
			return e, nil
		}
	}
	if err := rs.Err(); err != nil {
		return consent.Edition{}, err
	}
	want.ID = consent.EditionID(text)
	body, err := json.Marshal(want)
	if err != nil {
		return consent.Edition{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO editions (id, site, shown, body) VALUES (?, ?, ?, ?)`, want.ID, want.Site, want.Shown, string(body))
	return want, err
}
