package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"latchkey/server/postgres"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/transfer"
)

// migrateCmd moves a deployment from one store to another.
type migrateCmd struct {
	From     string   `help:"What to move: sqlite (the database file in --data), postgres (the database of --database), or a data folder or a URL." required:"" env:"LATCHKEY_MIGRATE_FROM" placeholder:"sqlite|postgres|DIR|URL"`
	To       string   `help:"Where to: likewise. It must be empty, or what an earlier run has begun." env:"LATCHKEY_MIGRATE_TO" placeholder:"sqlite|postgres|DIR|URL"`
	Data     string   `help:"Folder that the server keeps its data in. Its keys are those that the log is checked with." type:"existingdir" placeholder:"DIR"`
	Database string   `help:"PostgreSQL database. Best given in the environment." placeholder:"URL"`
	Key      []string `help:"Public key of the log that is trusted, or @FILE with one key a line, in the place of those in the data folder." sep:"none" placeholder:"KEY|@FILE"`
	Finish   bool     `help:"Catch up for the last time, take the source out of service, and give the target to servers. Stop the server first."`
	Reopen   bool     `help:"Only put the source, which a finished move took out of service, into service again. What was stored in the other place since is not in it."`
	Despite  bool     `name:"despite-problems" help:"Move a log that does not hold, and print what is wrong with it."`
}

// Validate is called when the command line has been read.
func (c *migrateCmd) Validate() error {
	if (c.To == "") == !c.Reopen {
		return errors.New("want --to, where to move, or --reopen")
	}
	for _, word := range []string{c.From, c.To} {
		if word == "sqlite" && c.Data == "" {
			return errors.New("sqlite is the database file of a data folder: want --data=DIR")
		}
		if word == "postgres" && c.Database == "" {
			return errors.New("postgres is the database of --database: want its URL there, or as LATCHKEY_DATABASE in the environment")
		}
	}
	return nil
}

// place is what a word on the command line stands for.
func (c *migrateCmd) place(word string) dataFlags {
	switch word {
	case "sqlite":
		return dataFlags{Data: c.Data}
	case "postgres":
		return dataFlags{Database: c.Database}
	}
	return placeAt(word)
}

// Run moves what the source holds, or as much of it as has come since the last time.
func (c *migrateCmd) Run(ctx context.Context, s streams) error {
	from, to := c.place(c.From), c.place(c.To)
	origin := from.origin()
	if c.Reopen {
		return origin.Return(ctx)
	}
	keys, err := c.keys(from, to)
	if err != nil {
		return err
	}
	target, err := to.target(ctx)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer target.Close()
	result, err := transfer.Move(ctx, origin, target, transfer.Options{Keys: keys, Final: c.Finish, Despite: c.Despite, Progress: steps(s.err)})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Copied: %d entries of the log; the source has %d, and %d editions, %d texts, %d notices, %d requests, %d messages\n",
		result.Copied, result.Entries, result.Editions, result.Texts, result.Notices, result.Requests, result.Messages)
	fmt.Fprintf(s.out, "Checked in the target: %d receipts; a log of %d leaves, of which %d were erased; %d entries that wait for it\n",
		result.Report.Receipts, result.Report.Checkpoint.Size, result.Report.Erased, result.Report.Pending)
	fmt.Fprintf(s.out, "Checked in the target: an audit log of %d leaves, of which %d were erased\n", result.Audit.Checkpoint.Size, result.Audit.Erased)
	if c.Finish {
		fmt.Fprintf(s.out, "The target is in service: start the server with %s. The source is kept, out of service.\n", to.flags())
	} else {
		fmt.Fprintln(s.out, "The target is not in service yet. Run this again to catch up; then stop the server, and run it once more with --finish.")
	}
	return problems(s.err, result.Report, result.Audit)
}

// keys are the public keys that the log is checked with.
func (c *migrateCmd) keys(from, to dataFlags) ([]string, error) {
	if len(c.Key) > 0 {
		return keyFlag{Key: c.Key}.keys()
	}
	for _, dir := range []string{c.Data, from.Data, to.Data} {
		if dir != "" {
			keys, err := receiptlog.PublicKeys(filepath.Join(dir, "keys"))
			if err != nil {
				return nil, err
			}
			audit, err := auditKeys(dir)
			return append(keys, audit...), err
		}
	}
	return nil, errors.New("want --data, with the keys that the log is checked with, or --key")
}

// origin is the store as what is moved away.
func (f dataFlags) origin() transfer.Origin {
	if f.Database != "" {
		return postgres.Origin{URL: f.Database}
	}
	return sqlite.Origin{Path: f.file()}
}

// target opens the store to be filled.
func (f dataFlags) target(ctx context.Context) (transfer.Target, error) {
	if f.Database != "" {
		return opened[transfer.Target](postgres.OpenTarget(ctx, f.Database))
	}
	return opened[transfer.Target](sqlite.OpenTarget(ctx, f.file()))
}

// flags say how a server is told of the store; without the URL, which may hold a password.
func (f dataFlags) flags() string {
	if f.Database != "" {
		return "--database, or LATCHKEY_DATABASE in its environment"
	}
	return "--data " + f.Data + " and without --database"
}
