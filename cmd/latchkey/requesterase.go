package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server/config"
	"latchkey/server/mail"
	"latchkey/server/retention"
)

// requestsEraseCmd erases one request.
type requestsEraseCmd struct {
	requestStoreFlags
	Yes       bool   `help:"Erase it. Without this, the command only prints what it would do."`
	Reference string `arg:"" help:"Reference number, such as LK-7F3K-Q2MD."`
}

// requestStoreFlags say where requests are erased.
type requestStoreFlags struct {
	Data     string `help:"Folder that the server keeps its data in, with the outbox; the server may be running." type:"existingdir" placeholder:"DIR"`
	Database string `help:"PostgreSQL database that the server keeps its data in, in the place of the one in --data. Best given in the environment." placeholder:"URL"`
}

// Validate is called when the command line has been read.
func (f requestStoreFlags) Validate() error { return f.store().Validate() }

func (f requestStoreFlags) store() dataFlags { return dataFlags{Data: f.Data, Database: f.Database} }

// forget deletes the mail of requests that was written to files.
func (f requestStoreFlags) forget(references ...string) (n int, err error) {
	if f.Data == "" {
		return 0, nil // each server sweeps its own
	}
	return mail.Outbox{Dir: outboxOf(f.Data)}.Forget(references...)
}

// Run erases a request, or says what that would do.
func (c *requestsEraseCmd) Run(ctx context.Context, s streams) error {
	reference, err := rights.ParseReference(c.Reference)
	if err != nil {
		return err
	}
	reader, err := c.store().open(ctx) // which makes no database where there is none
	if err != nil {
		return err
	}
	defer reader.Close()
	record, err := reader.Request(ctx, reference)
	switch {
	case err != nil:
		return err
	case record.Erased != nil:
		fmt.Fprintf(s.out, "%s was erased on %s.\n", reference, rfc3339(*record.Erased))
		_, err := c.forget(reference)
		return err
	case !c.Yes:
		fmt.Fprintf(s.out, "%s, received on %s, would be erased: everything that the person said, and all its mail. "+
			"What stays is a tally: the reference, the kind, the site, the organisations and the dates. Nothing can bring it back. "+
			"Look whether somebody still needs it, and say --yes to erase it.\n", reference, rfc3339(record.Received))
		return nil
	}
	store, err := openStore(ctx, c.Database, c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	n, err := store.EraseRequests(ctx, auditlog.Erasing{References: []string{reference}, Reason: auditlog.ByCommand, Time: now()})
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("request %q: somebody else has erased it at this moment: %w", reference, fault.Conflict)
	}
	files, err := c.forget(reference)
	scrubAfter(ctx, s, store)
	fmt.Fprintf(s.out, "%s is erased, and %d files of its mail are deleted. Backups that were made before still hold it.\n", reference, files)
	return err
}

// requestsPurgeCmd erases old requests. The server does the same by itself, every day.
type requestsPurgeCmd struct {
	Config string `help:"Folder with one folder a group, which says for how long requests are kept." type:"existingdir" placeholder:"DIR"`
	requestStoreFlags
	Group  string `help:"Only requests to organisations of this group." placeholder:"ID"`
	Months int    `help:"Months after a request was received, in the place of what the configuration says; for a group that is not in it any more." placeholder:"N"`
	DryRun bool   `help:"Only print what would be erased."`
	Yes    bool   `help:"Erase all that is due, also if it is much of what there is, or the clock is long after everything in the store: you have made sure that the configuration and the clock are right."`
}

// Run erases requests that were kept for long enough, or counts them.
func (c *requestsPurgeCmd) Run(ctx context.Context, s streams) error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	reader, err := c.store().open(ctx) // which makes no database where there is none
	if err != nil {
		return err
	}
	defer reader.Close()
	if c.DryRun {
		return printAll(s.out, "table", dueRequestColumns, false, dueRequests(ctx, reader, rules))
	}
	store, err := openStore(ctx, c.Database, c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	defer scrubAfter(ctx, s, store)
	left := 0
	var forgotten []error
	for _, rule := range rules {
		r, err := retention.PurgeRequests(ctx, store, rule, now, c.Yes, func(references []string) {
			_, err := c.forget(references...)
			forgotten = append(forgotten, err)
		})
		if r.Erased > 0 || err == nil {
			fmt.Fprintf(s.out, "%s: erased %d requests\n", rule.Group, r.Erased)
		}
		if err := errors.Join(append(forgotten, err)...); err != nil {
			return err
		}
		if left += r.Left; r.Left > 0 {
			fmt.Fprintf(s.err, "%s: %d more are as old, and were left: they are more of the group's requests than one purge may erase. "+
				"Look whether the configuration and the clock are right; --yes erases them\n", rule.Group, r.Left)
		}
	}
	if c.Yes {
		if err := store.KeepLastPurge(ctx, now()); err != nil {
			return err
		}
	}
	if left > 0 {
		return exit(1)
	}
	return nil
}

// rules are those of the configuration, or the one on the command line.
func (c *requestsPurgeCmd) rules() ([]retention.RequestRule, error) {
	if c.Months != 0 {
		if c.Months < 1 || c.Group == "" {
			return nil, errors.New("--months: want at least 1, and --group with it")
		}
		return []retention.RequestRule{{Group: c.Group, Other: c.Months}}, nil
	}
	if c.Config == "" {
		return nil, errors.New("want --config, which says for how long requests are kept, or --group and --months")
	}
	loaded, err := config.Load(c.Config, now())
	if err != nil {
		return nil, err
	}
	rules := retention.RequestRules(loaded.Groups)
	if c.Group == "" {
		return rules, nil
	}
	for _, rule := range rules {
		if rule.Group == c.Group {
			return []retention.RequestRule{rule}, nil
		}
	}
	return nil, fmt.Errorf("the configuration has no group %q; for one that it had, say --months as well", c.Group)
}

// dueRequest is how many requests of a group would go that were received in a month.
type dueRequest struct {
	group string
	retention.Month
}

var dueRequestColumns = []column[dueRequest]{
	{"group", true, func(d dueRequest) string { return d.group }},
	{"month", true, func(d dueRequest) string { return d.Month.Month }},
	{"requests", true, func(d dueRequest) string { return strconv.Itoa(d.Count) }},
}

// dueRequests counts what would go. Requests come by the time at which they were received.
func dueRequests(ctx context.Context, store reader, rules []retention.RequestRule) func(func(dueRequest, error) bool) {
	return func(yield func(dueRequest, error) bool) {
		for _, rule := range rules {
			var months []dueRequest
			for r, err := range retention.DueRequests(ctx, store, rule, now()) {
				if err != nil {
					yield(dueRequest{}, err)
					return
				}
				month := r.Received.UTC().Format("2006-01")
				if n := len(months); n == 0 || months[n-1].Month.Month != month {
					months = append(months, dueRequest{rule.Group, retention.Month{Month: month}})
				}
				months[len(months)-1].Count++
			}
			for _, m := range months {
				if !yield(m, nil) {
					return
				}
			}
		}
	}
}
