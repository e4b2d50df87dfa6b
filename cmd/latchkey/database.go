package main

import (
	"context"
	"errors"
	"iter"
	"path/filepath"

	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/dossier"
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

// open opens the store for reading.
func (f dataFlags) open(ctx context.Context) (reader, error) {
	if f.Database != "" {
		return opened[reader](postgres.OpenReader(ctx, f.Database))
	}
	return opened[reader](sqlite.OpenReader(ctx, filepath.Join(f.Data, sqlite.FileName)))
}

// reader is a store of either kind, for reading.
type reader interface {
	dossier.Store
	retention.Finder
	Request(ctx context.Context, reference string) (rights.Record, error)
	Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error]
	Checkpoint(ctx context.Context) (string, error)
	Audit() audit.Store
	Close() error
}

// openStore opens the store of a server: the database of a URL, or without one
// that in the data folder, which is made if it is missing.
func openStore(ctx context.Context, database, data string) (server.Store, error) {
	if database != "" {
		return opened[server.Store](postgres.Open(ctx, database))
	}
	return opened[server.Store](sqlite.Open(ctx, filepath.Join(data, sqlite.FileName)))
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
