package main

import (
	"context"
	"fmt"
	"io"

	"latchkey/server/backup"
	"latchkey/server/postgres"
	"latchkey/server/receiptlog/audit"
)

// backupCmd copies a deployment into one file.
type backupCmd struct {
	signFlags
	Data        string `help:"Folder that the server keeps its data in: with --database, its keys. The server may be running." required:"" type:"existingdir" placeholder:"DIR"`
	Database    string `help:"PostgreSQL database that the server keeps its data in, in the place of the one in --data. Best given in the environment." placeholder:"URL"`
	WithoutKeys bool   `help:"Leave the secret keys out. Keep them elsewhere: without them no receipt code opens, and no checkpoint can be signed."`
	File        string `arg:"" type:"anypath" help:"New file for the backup. Keep it safe: it holds what people wrote and, unless they were left out, the keys."`
}

// Run makes a backup.
func (c *backupCmd) Run(ctx context.Context, s streams) error {
	keys, err := c.keys(c.Data)
	if err != nil {
		return err
	}
	o := backup.Options{Data: c.Data, Keys: keys, WithoutKeys: c.WithoutKeys, Now: now(), Progress: steps(s.err)}
	if c.Database != "" {
		o.Database = postgres.Origin{URL: c.Database}
	}
	if o.AuditKeys, err = auditKeys(c.Data); err != nil {
		return err
	}
	var reports []*audit.Report
	o.Report = func(r *audit.Report) { reports = append(reports, r) }
	m, err := backup.Create(ctx, c.File, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d files, %d bytes before they were packed\n", c.File, len(m.Files), m.Size())
	if !m.Keys {
		fmt.Fprintln(s.err, "The secret keys are not in it.")
	}
	return problems(s.err, reports...)
}

// problems prints what does not hold, if anything, and returns the exit code as an error.
func problems(w io.Writer, reports ...*audit.Report) (code error) {
	for _, report := range reports {
		for _, p := range report.Problems {
			fmt.Fprintln(w, p)
		}
		if report.More > 0 {
			fmt.Fprintf(w, "and %d more\n", report.More)
		}
		if !report.Holds() {
			code = exit(1)
		}
	}
	return code
}

// restoreCmd makes a deployment of a backup.
type restoreCmd struct {
	Key      []string `help:"Public key of the log that is trusted, or @FILE with one key a line. Without it the keys in the backup are: that finds damage, but not a backup that somebody made up." sep:"none" placeholder:"KEY|@FILE"`
	Data     string   `help:"New folder for the data; it must not exist, or be empty." required:"" type:"anypath" placeholder:"NEWDIR"`
	Database string   `help:"Empty PostgreSQL database for what the server stores, which then needs only the keys from --data. Best given in the environment." placeholder:"URL"`
	Despite  bool     `name:"despite-problems" help:"Restore a database whose log does not hold, and print what is wrong with it. Damaged files are never restored."`
	File     string   `arg:"" help:"The backup." type:"existingfile"`
}

// Run checks and restores a backup.
func (c *restoreCmd) Run(ctx context.Context, s streams) error {
	keys, err := keyFlag{Key: c.Key}.keys()
	if err != nil {
		return err
	}
	o := backup.RestoreOptions{Keys: keys, Despite: c.Despite, Progress: steps(s.err)}
	if c.Database != "" {
		target, err := postgres.OpenTarget(ctx, c.Database)
		if err != nil {
			return err
		}
		defer target.Close()
		o.Database = target
	}
	m, report, err := backup.Restore(ctx, c.File, c.Data, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: restored %d files as of %s\n", c.Data, len(m.Files), rfc3339(m.Time))
	fmt.Fprintf(s.out, "Checked: %d receipts; a log of %d leaves, of which %d were erased; %d entries that wait for it\n",
		report.Receipts, report.Checkpoint.Size, report.Erased, report.Pending)
	fmt.Fprintf(s.out, "Checked: %d requests with %d messages; an audit log of %d leaves, of which %d were erased; %d entries that wait for it\n",
		report.Audit.Requests, report.Audit.Messages, report.Audit.Checkpoint.Size, report.Audit.Erased, report.Audit.Pending)
	if len(keys) == 0 {
		fmt.Fprintln(s.err, "The signature was checked with the keys in the backup itself. Give --key to check who made it.")
	}
	if !m.Keys {
		fmt.Fprintf(s.err, "The secret keys were not in the backup. Put them into %s before the server starts.\n", c.Data+"/keys")
	}
	return problems(s.err, report.Report, report.Audit)
}
