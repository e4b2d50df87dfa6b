package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

// verifyLogCmd checks the log of receipts and, where the store is at hand, the audit log and all that stands behind both.
type verifyLogCmd struct {
	keyFlag
	Log       string        `arg:"" optional:"" help:"Address of the server (its log is public below /log/), or the data folder of one: there the receipts are checked too." placeholder:"URL|DIR"`
	Database  string        `help:"PostgreSQL database of a server, in the place of an address or a folder: there the receipts are checked too. Best given in the environment." placeholder:"URL"`
	From      string        `help:"A signed checkpoint that was kept earlier, which the log must extend." type:"existingfile" env:"LATCHKEY_VERIFY_FROM" placeholder:"FILE"`
	Tolerance time.Duration `help:"By how much the times of receipts may run backwards along the log." default:"2m"`
}

// Validate is called when the command line has been read.
func (c *verifyLogCmd) Validate() error {
	if c.Log == "" && c.Database == "" {
		return errors.New("want the address of a server, its data folder, or --database=URL")
	}
	return nil
}

// patience is how long one tile of a log on the web may take to come.
const patience = 30 * time.Second

// Run checks a log.
func (c *verifyLogCmd) Run(ctx context.Context, s streams) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	began := now()
	o := audit.Options{Keys: keys, Tolerance: c.Tolerance, Progress: progress(s.err)}
	if c.From != "" {
		b, err := os.ReadFile(c.From)
		if err != nil {
			return fmt.Errorf("checkpoint to start from: %w", err)
		}
		o.From = string(b)
	}
	report, err := c.check(ctx, o, s.err)
	if err != nil {
		return fmt.Errorf("the log could not be checked to its end: %w", err)
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(report)
	} else {
		err = c.show(s.out, report, now().Sub(began))
	}
	if err == nil && !report.holds() {
		err = exit(1)
	}
	return err
}

// logReport is what was found: about the log of receipts, and where the store is at hand about the audit log.
type logReport struct {
	*audit.Report
	Audit *audit.Report `json:"audit,omitempty"`
	// Store is what is wrong with the database itself: its pages, its indexes, its schema.
	Store []audit.Problem `json:"store,omitempty"`
}

func (r logReport) holds() bool {
	return r.Holds() && len(r.Store) == 0 && (r.Audit == nil || r.Audit.Holds())
}

func (c *verifyLogCmd) check(ctx context.Context, o audit.Options, notes io.Writer) (logReport, error) {
	receipts := o
	receipts.Keys = receiptlog.Receipts.Of(o.Keys)
	if !receiptlog.Receipts.Signed(o.From) {
		receipts.From = ""
	}
	if strings.HasPrefix(c.Log, "https://") || strings.HasPrefix(c.Log, "http://") {
		report, err := audit.Log(ctx, &audit.Web{Base: c.Log, Client: &http.Client{Timeout: patience}}, receipts)
		if err == nil && report.Holds() && report.Checkpoint.Size == 0 {
			// From outside, a log that was taken away and an address that has none look like a new one.
			return logReport{}, fmt.Errorf("there is no log at %s/log/: either the server has no receipt yet, or the address is of something else, "+
				"or the log was taken away. Compare the address with the first part of the key", strings.TrimRight(c.Log, "/"))
		}
		return logReport{Report: report}, err
	}
	from := placeAt(c.Log)
	if c.Log == "" {
		from = dataFlags{Database: c.Database}
	}
	requests, err := c.auditOptions(o, from, notes)
	if err != nil {
		return logReport{}, err
	}
	store, err := from.open(ctx)
	if err != nil {
		return logReport{}, err
	}
	defer store.Close()
	var found logReport
	if found.Store, err = damage(errors.Join(store.Check(ctx), store.CheckSchema(ctx))); err != nil {
		return found, err
	}
	found.Report, err = audit.Whole(ctx, store.Audit(), receipts)
	if err = found.unreadable("log of receipts", &found.Report, err); err != nil {
		return found, err
	}
	found.Audit, err = checkRequests(ctx, store, requests)
	return found, found.unreadable("audit log", &found.Audit, err)
}

// damage is what is wrong with a database by an error of its check.
func damage(err error) ([]audit.Problem, error) {
	if !errors.Is(err, fault.Invalid) && !errors.Is(err, fault.Damaged) {
		return nil, err
	}
	return []audit.Problem{{Where: "database", What: fault.Text(err) + "."}}, nil
}

// unreadable makes a problem of an error in reading a database that is damaged: the rest is to be reported all the same.
func (r *logReport) unreadable(what string, report **audit.Report, err error) error {
	if err == nil || len(r.Store) == 0 && !errors.Is(err, fault.Damaged) {
		return err
	}
	if *report == nil {
		*report = &audit.Report{}
	}
	r.Store = append(r.Store, audit.Problem{Where: what, What: "It could not be read to its end: " + fault.Text(err) + "."})
	return nil
}

// auditOptions say how the audit log is checked: with those of the given keys that are its own or, without any, with
// those in the data folder.
func (c *verifyLogCmd) auditOptions(o audit.Options, from dataFlags, notes io.Writer) (audit.Options, error) {
	o.Keys = receiptlog.Audit.Of(o.Keys)
	if !receiptlog.Audit.Signed(o.From) {
		o.From = ""
	}
	if len(o.Keys) > 0 {
		return o, nil
	}
	if from.Data != "" {
		keys, err := auditKeys(from.Data)
		if err != nil || len(keys) > 0 {
			fmt.Fprintf(notes, "The audit log is checked with the keys in %s. Give its public key with --key, from a copy of your own, to find out who signed it.\n",
				filepath.Join(from.Data, "keys", receiptlog.Audit.PublicFile()))
			o.Keys = keys
			return o, err
		}
	}
	if o.From != "" {
		return o, errors.New("--from is a checkpoint of the audit log: give the public key of that log with --key")
	}
	return o, nil
}

func checkRequests(ctx context.Context, store reader, o audit.Options) (*audit.Report, error) {
	at, err := store.AuditRequests(ctx)
	if err != nil {
		return nil, err
	}
	report, err := audit.Requests(ctx, at, o)
	return report, errors.Join(err, at.Close())
}

// show writes the report for a person.
func (c *verifyLogCmd) show(w io.Writer, r logReport, took time.Duration) error {
	out := newSheet(w)
	switch n := int64(len(r.Problems)) + r.More; {
	case n > 0:
		out.text(fmt.Sprintf("The log does not hold. Problems found: %d.", n))
	case r.Checkpoint.Size == 0:
		out.text("The log is empty: nothing was chosen yet, so there is nothing to check.")
	default:
		out.text("The log holds. Every tile was made anew from the leaves, and the signed checkpoint is of the same tree.")
		if len(r.Warnings) > 0 {
			out.text(fmt.Sprintf("Somebody should look at what it says, all the same: there are warnings below, %d of them.", len(r.Warnings)))
		}
	}
	out.text("")
	if r.Checkpoint.Size > 0 || !r.Holds() {
		c.showLog(out, r.Report)
	}
	if r.Receipts+r.Erased > 0 {
		out.line("Receipts", fmt.Sprintf("%d, each checked against its leaf; %d erased; %d entries wait for the next checkpoint", r.Receipts, r.Erased, r.Pending))
	}
	showProblems(out, r.Report)
	if a := r.Audit; a != nil {
		c.showAudit(out, a)
	}
	for i, p := range r.Store {
		out.line(fmt.Sprintf("Damage %d", i+1), p.String())
	}
	out.line("Took", took.Round(time.Millisecond).String())
	return out.close()
}

func (c *verifyLogCmd) showLog(out *sheet, r *audit.Report) {
	out.line("Log", r.Checkpoint.Origin)
	out.line("Leaves", fmt.Sprint(r.Checkpoint.Size))
	out.line("Root", r.Checkpoint.Root.String())
	if c.From != "" && r.Extends && r.Holds() {
		out.line("Extends", "the checkpoint in "+c.From)
	}
}

// showAudit writes the report on the audit log.
func (c *verifyLogCmd) showAudit(out *sheet, r *audit.Report) {
	out.text("")
	switch n := int64(len(r.Problems)) + r.More; {
	case n > 0:
		out.text(fmt.Sprintf("The audit log does not hold. Problems found: %d.", n))
	case r.Requests == 0 && r.Checkpoint.Size == 0:
		out.text("The audit log is empty: there is no request yet.")
		return
	case r.Untrusted:
		out.text("The audit log holds by itself. Who signed it was not checked: give its public key, the one that ends in audit.pub beside those of the log.")
	default:
		out.text("The audit log holds: every request, message and delivery is what was committed to.")
	}
	out.text("")
	c.showLog(out, r)
	out.line("Requests", fmt.Sprintf("%d with %d messages; %d entries erased; %d wait for the next checkpoint", r.Requests, r.Messages, r.Erased, r.Pending))
	showProblems(out, r)
}

func showProblems(out *sheet, r *audit.Report) {
	for i, p := range r.Problems {
		out.line(fmt.Sprintf("Problem %d", i+1), p.String())
	}
	if r.More > 0 {
		out.line("", fmt.Sprintf("and %d more", r.More))
	}
	for i, p := range r.Warnings {
		out.line(fmt.Sprintf("Warning %d", i+1), p.String())
	}
}
