package main

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/dossier"
	"latchkey/server/integrity"
	"latchkey/server/postgres"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/retention"
	"latchkey/server/sqlite"
)

// dataFlags say which store a command reads.
type dataFlags struct {
	Data     string `help:"Folder that the server keeps its data in. It is only read, also while the server runs." type:"existingdir" placeholder:"DIR"`
	Database string `help:"PostgreSQL database that the server keeps its data in, in the place of the one in --data. Best given in the environment." placeholder:"URL"`
}

// Validate is called when the command line has been read.
func (f dataFlags) Validate() error {
	if f.Data == "" && f.Database == "" {
		return errors.New("missing flags: --data=DIR or --database=URL")
	}
	return nil
}

// placeAt reads what stands for a store in one word: the URL of a database, or
// a data folder. What looks like a URL, with whatever mistake, is never taken for a folder, whose
// name an error would print: a password may be in it.
func placeAt(word string) dataFlags {
	if isURL(word) {
		return dataFlags{Database: word}
	}
	return dataFlags{Data: word}
}

// isURL reports whether a word looks like the URL of a database, with whatever mistake.
func isURL(word string) bool {
	return strings.Contains(word, "://") || strings.HasPrefix(word, "postgres:") || strings.HasPrefix(word, "postgresql:")
}

// file is the path of the database in the data folder.
func (f dataFlags) file() string { return filepath.Join(f.Data, sqlite.FileName) }

// open opens the store for reading.
func (f dataFlags) open(ctx context.Context) (reader, error) {
	if f.Database != "" {
		return opened[reader](postgres.OpenReader(ctx, f.Database))
	}
	return opened[reader](sqlite.OpenReader(ctx, f.file()))
}

// reader is a store of either kind, for reading.
type reader interface {
	dossier.Store
	retention.Finder
	Receipts(ctx context.Context, f consent.ReceiptFilter) iter.Seq2[consent.Stored, error]
	Request(ctx context.Context, reference string) (rights.Record, error)
	Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error]
	Checkpoint(ctx context.Context) (string, error)
	// Check reads the whole database, as far as it is in one file, and reports what is damaged by an error that wraps
	// [fault.Damaged].
	Check(ctx context.Context) error
	// CheckSchema compares tables, indexes and triggers with those of a new database, in the same way.
	CheckSchema(ctx context.Context) error
	Audit() audit.Store
	AuditRequests(ctx context.Context) (audit.RequestSnapshot, error)
	Close() error
}

// store is the store of a server, of either kind.
type store interface {
	server.Store
	integrity.Store
}

// openStore opens the store of a server: the database of a URL, or without one
// that in the data folder, which is made if it is missing.
func openStore(ctx context.Context, database, data string) (store, error) {
	if database != "" {
		return opened[store](postgres.Open(ctx, database))
	}
	return opened[store](sqlite.Open(ctx, dataFlags{Data: data}.file()))
}

// opened returns a store as what it is used for, and none if there was an error:
// an interface that holds a nil pointer is not nil.
func opened[I any, S any](store S, err error) (I, error) {
	if err != nil {
		var none I
		return none, err
	}
	return any(store).(I), nil
}
