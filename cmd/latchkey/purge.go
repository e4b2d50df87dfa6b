package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"latchkey/server/config"
	"latchkey/server/retention"
)

// receiptsPurgeCmd erases old receipts. The server does the same by itself, every day.
type receiptsPurgeCmd struct {
	Config string `help:"Folder with one folder a group, which says for how long each site keeps receipts." type:"existingdir" placeholder:"DIR"`
	dataFlags
	Site   string `help:"Only receipts of this site." placeholder:"ID"`
	Months int    `help:"Months after the last event of a device, in the place of what the configuration says; for a site that is not in it any more." placeholder:"N"`
	DryRun bool   `help:"Only print what would be erased."`
	Yes    bool   `help:"Erase all that is due, also if it is much of what there is, or the clock is long after everything in the store: you have made sure that the configuration and the clock are right."`
}

// Run erases receipts that were kept for long enough, or counts them.
func (c *receiptsPurgeCmd) Run(ctx context.Context, s streams) error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	reader, err := c.open(ctx) // which makes no database where there is none
	if err != nil {
		return err
	}
	defer reader.Close()
	if c.DryRun {
		return c.count(ctx, s, reader, rules)
	}
	store, err := openStore(ctx, c.Database, c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	left, erased := 0, 0
	for _, rule := range rules {
		r, err := retention.Purge(ctx, store, rule, now, c.Yes)
		if r.Erased > 0 || err == nil {
			fmt.Fprintf(s.out, "%s: erased %d receipts, last event before %s\n", rule.Site, r.Erased, rule.Before(now()).Format("2006-01-02"))
		}
		if err != nil {
			return err
		}
		erased += r.Erased
		if left += r.Left; r.Left > 0 {
			fmt.Fprintf(s.err, "%s: %d more are as old, and were left: they are more of the site's receipts than one purge may erase. "+
				"Look whether the configuration and the clock are right; --yes erases them\n", rule.Site, r.Left)
		}
	}
	if erased > 0 {
		scrubAfter(ctx, s, store)
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
func (c *receiptsPurgeCmd) rules() ([]retention.Rule, error) {
	if c.Months != 0 {
		if c.Months < 1 || c.Site == "" {
			return nil, errors.New("--months: want at least 1, and --site with it")
		}
		return []retention.Rule{{Site: c.Site, Months: c.Months}}, nil
	}
	if c.Config == "" {
		return nil, errors.New("want --config, which says for how long receipts are kept, or --site and --months")
	}
	loaded, err := config.Load(c.Config, now())
	if err != nil {
		return nil, err
	}
	rules := retention.Rules(loaded.Groups)
	if c.Site == "" {
		return rules, nil
	}
	for _, rule := range rules {
		if rule.Site == c.Site {
			return []retention.Rule{rule}, nil
		}
	}
	return nil, fmt.Errorf("the configuration has no site %q; for one that it had, say --months as well", c.Site)
}

// due is what would go of a site and a month.
type due struct {
	site string
	retention.Month
}

var dueColumns = []column[due]{
	{"site", true, func(d due) string { return d.site }},
	{"month", true, func(d due) string { return d.Month.Month }},
	{"receipts", true, func(d due) string { return strconv.Itoa(d.Count) }},
}

func (c *receiptsPurgeCmd) count(ctx context.Context, s streams, store reader, rules []retention.Rule) error {
	return printAll(s.out, "table", dueColumns, false, func(yield func(due, error) bool) {
		for _, rule := range rules {
			months, err := retention.Due(ctx, store, rule, now())
			if err != nil {
				yield(due{}, err)
				return
			}
			for _, m := range months {
				if !yield(due{rule.Site, m}, nil) {
					return
				}
			}
		}
	})
}
