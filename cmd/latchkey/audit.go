package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/server/config"
	"latchkey/server/siteaudit"
)

// auditCmd drives a browser through a website and says what does not fit what
// the site declares.
type auditCmd struct {
	URLs      []string      `arg:"" name:"url" help:"Pages to look at. Only their hosts are visited."`
	Config    string        `help:"Folder with one folder a group, or the folder of one group." required:"" type:"anypath" placeholder:"DIR"`
	Site      string        `help:"Id of the site." required:"" placeholder:"SITE"`
	Format    string        `help:"How the report is written: table, json, sarif or junit." enum:"table,json,sarif,junit" default:"table"`
	Output    string        `help:"File for the report, in place of standard output." placeholder:"FILE"`
	FailOn    string        `help:"Least severity that makes the exit code 1: error, warning or never." enum:"error,warning,never" default:"error"`
	Crawl     int           `help:"Follow links to pages of the same hosts, and look at up to so many pages." placeholder:"N"`
	Browser   string        `help:"Chromium or Chrome to drive; the first one on the PATH if not given." placeholder:"PATH"`
	PublicURL string        `name:"public-url" help:"Address that visitors reach the Latchkey server by; the one of the pages' script tag if not given." placeholder:"URL"`
	Receipts  bool          `help:"Let the audit's choices become receipts. They are stopped in the browser otherwise."`
	Quiet     time.Duration `help:"How long the network must be still before a page counts as loaded." default:"1s"`
	Patience  time.Duration `help:"How long to wait for a page at most." default:"30s"`
}

// Run audits and writes the report. The exit code is 0 if nothing was found that
// is at least as bad as --fail-on, 1 if something was, and 2 if there is no report.
func (c *auditCmd) Run(ctx context.Context, s streams) error {
	err := c.audit(ctx, s)
	if _, coded := errors.AsType[exit](err); err == nil || coded {
		return err
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(s.err, "latchkey: the audit was stopped. There is no report.")
		return exit(2)
	}
	fmt.Fprintln(s.err, "latchkey:", said(err))
	return exit(2)
}

func (c *auditCmd) audit(ctx context.Context, s streams) error {
	if c.Crawl < 0 || c.Quiet <= 0 || c.Patience <= 0 {
		return fmt.Errorf("want a --crawl of 0 or more, and a --quiet and a --patience above 0, such as 2s: %w", fault.Invalid)
	}
	loaded, err := config.Load(c.Config, now())
	if _, invalid := errors.AsType[*config.Invalid](err); invalid {
		fmt.Fprintln(s.err, err)
		return errors.New("the configuration has problems: run \"latchkey check\", and audit when it has none")
	}
	if err != nil {
		return err
	}
	g, site, ok := loaded.Site(c.Site)
	if !ok {
		return fmt.Errorf("there is no site %q in %s: it has %s", c.Site, c.Config, strings.Join(loaded.SiteIDs(), ", "))
	}
	browser, err := siteaudit.FindBrowser(c.Browser)
	if err != nil {
		return err
	}
	report, err := siteaudit.Audit(ctx, siteaudit.Options{
		URLs: c.URLs, Group: g, Site: site, Browser: browser, Crawl: c.Crawl, Latchkey: c.PublicURL, Receipts: c.Receipts,
		Quiet: c.Quiet, Patience: c.Patience, Now: now,
		Progress: func(line string) { fmt.Fprintln(s.err, line) },
	})
	if err != nil {
		return err
	}
	if err := c.write(s.out, report); err != nil {
		return err
	}
	if fail := c.failOn(); fail != "" {
		for _, f := range report.Findings {
			if f.Severity.AtLeast(fail) {
				return exit(1)
			}
		}
	}
	return nil
}

// failOn is the least severity that counts as a failure; "" if none does.
func (c *auditCmd) failOn() siteaudit.Severity {
	switch c.FailOn {
	case "warning":
		return siteaudit.Warning
	case "never":
		return ""
	}
	return siteaudit.Error
}

// write writes the report whole or not at all: a file is replaced only when the report is complete.
func (c *auditCmd) write(out io.Writer, report *siteaudit.Report) error {
	var b bytes.Buffer
	if err := report.Write(&b, c.Format, c.failOn()); err != nil {
		return err
	}
	if c.Output == "" {
		_, err := out.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(c.Output, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
