package main

import (
	"context"
	"fmt"

	"latchkey/server/backup"
)

// backupCmd copies a data folder into one file.
type backupCmd struct {
	signFlags
	Data        string `help:"Folder that the server keeps its data in. The server may be running." required:"" type:"existingdir" placeholder:"DIR"`
	WithoutKeys bool   `help:"Leave the secret keys out. Keep them elsewhere: without them no receipt code opens, and no checkpoint can be signed."`
	File        string `arg:"" help:"New file for the backup. Keep it safe: it holds what people wrote and, unless they were left out, the keys."`
}

// Run makes a backup.
func (c *backupCmd) Run(ctx context.Context, s streams) error {
	keys, err := c.keys(c.Data)
	if err != nil {
		return err
	}
	m, err := backup.Create(ctx, c.File, backup.Options{Data: c.Data, Keys: keys, WithoutKeys: c.WithoutKeys, Now: now()})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d files, %d bytes before they were packed\n", c.File, len(m.Files), m.Size())
	if !m.Keys {
		fmt.Fprintln(s.err, "The secret keys are not in it.")
	}
	return nil
}

// restoreCmd makes a data folder of a backup.
type restoreCmd struct {
	Key     []string `help:"Public key of the log that is trusted, or @FILE with one key a line. Without it the keys in the backup are: that finds damage, but not a backup that somebody made up." sep:"none" placeholder:"KEY|@FILE"`
	Data    string   `help:"New folder for the data; it must not exist, or be empty." required:"" placeholder:"NEWDIR"`
	Despite bool     `name:"despite-problems" help:"Restore a database whose log does not hold, and print what is wrong with it. Damaged files are never restored."`
	File    string   `arg:"" help:"The backup." type:"existingfile"`
}

// Run checks and restores a backup.
func (c *restoreCmd) Run(ctx context.Context, s streams) error {
	keys, err := keyFlag{Key: c.Key}.keys()
	if err != nil {
		return err
	}
	m, report, err := backup.Restore(ctx, c.File, c.Data, backup.RestoreOptions{Keys: keys, Despite: c.Despite, Progress: progress(s.err)})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: restored %d files as of %s\n", c.Data, len(m.Files), rfc3339(m.Time))
	fmt.Fprintf(s.out, "Checked: %d receipts; a log of %d leaves, of which %d were erased; %d entries that wait for it\n",
		report.Receipts, report.Checkpoint.Size, report.Erased, report.Pending)
	for _, p := range report.Problems {
		fmt.Fprintln(s.err, p)
	}
	if report.More > 0 {
		fmt.Fprintf(s.err, "and %d more\n", report.More)
	}
	if len(keys) == 0 {
		fmt.Fprintln(s.err, "The signature was checked with the keys in the backup itself. Give --key to check who made it.")
	}
	if !m.Keys {
		fmt.Fprintf(s.err, "The secret keys were not in the backup. Put them into %s before the server starts.\n", c.Data+"/keys")
	}
	if !report.Holds() {
		return exit(1)
	}
	return nil
}
