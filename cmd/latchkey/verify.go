package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/transfer"
)

// verifyCmd checks evidence without trusting the server that keeps it.
type verifyCmd struct {
	Receipt verifyReceiptCmd `cmd:"" help:"Check a receipt file: what was chosen, and that a signed log holds it. The exit code is 0 if it is genuine, 1 if it is not, and 2 if it is whole but has no proof yet."`
	Log     verifyLogCmd     `cmd:"" help:"Check the whole log of receipts, from its leaves up. The exit code is 0 if it holds and 1 if it does not."`
}

// keyFlag is what is trusted.
type keyFlag struct {
	Key  []string `help:"Public key of the log, or @FILE with one key a line. They are served at /log/keys; keep your own copy, from the day on which you first trust them." required:"" sep:"none" placeholder:"KEY|@FILE"`
	JSON bool     `name:"json" help:"Print the result as JSON."`
}

// keys returns the keys given, with those in files.
func (f keyFlag) keys() ([]string, error) {
	var keys []string
	for _, key := range f.Key {
		name, file := strings.CutPrefix(key, "@")
		if !file {
			keys = append(keys, key)
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("public keys: %w", err)
		}
		keys = append(keys, evidence.ParseKeys(string(b))...)
	}
	return keys, nil
}

type verifyReceiptCmd struct {
	keyFlag
	File string `arg:"" help:"The receipt file; - for the standard input."`
}

// receiptResult is what is found about a receipt file, as JSON.
type receiptResult struct {
	Result  string               `json:"result"`        // genuine, pending or not-genuine
	Why     string               `json:"why,omitempty"` // it is not genuine
	Receipt *consent.Receipt     `json:"receipt,omitempty"`
	Shown   string               `json:"shown,omitempty"`
	Index   *int64               `json:"index,omitempty"` // of the leaf
	Log     *evidence.Checkpoint `json:"log,omitempty"`
	Signers []string             `json:"signers,omitempty"`

	foreign bool // it does not even say that it is a receipt file
}

// Run checks a receipt file.
func (c *verifyReceiptCmd) Run(s streams) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	file, err := c.read(s.in)
	if err != nil {
		return fmt.Errorf("receipt file: %w", err)
	}
	found, err := evidence.Verify(file, keys)
	result, code := receiptResult{Result: "genuine", Receipt: &found.Receipt, Shown: found.Shown, Index: &found.Index, Log: &found.Checkpoint, Signers: found.Signers}, 0
	switch {
	case errors.Is(err, evidence.ErrPending):
		result.Result, result.Index, result.Log, code = "pending", nil, nil, 2
	case err != nil:
		result, code = receiptResult{Result: "not-genuine", Why: fault.Text(err), foreign: !says(file, evidence.Format)}, 1
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(result)
	} else {
		err = showVerified(s.out, result)
	}
	if err == nil && code != 0 {
		err = exit(code)
	}
	return err
}

// says reports whether a file says that it is of a format.
func says(file []byte, format string) bool {
	var named struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(file, &named) == nil && named.Format == format
}

// read reads the file, and no more of it than a receipt can have.
func (c *verifyReceiptCmd) read(stdin io.Reader) ([]byte, error) {
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		stdin = f
	}
	return io.ReadAll(io.LimitReader(stdin, evidence.MaxFile+1))
}

// showVerified writes the result for a person.
func showVerified(w io.Writer, v receiptResult) error {
	out := newSheet(w)
	switch {
	case v.foreign:
		out.text("This is not a receipt file, or it was damaged. It proves nothing, and says nothing against the receipt:\n" + v.Why + ".\n" +
			"A receipt file is what the visitor saves from the receipt's page, or what \"latchkey receipts show ID --format proof\" prints. " +
			"What --format json, jsonld and html print is for reading.")
		return out.close()
	case v.Result == "not-genuine":
		out.text("This receipt is not genuine, or it was damaged. What does not hold:\n" + v.Why + ".\n" +
			"If the log changed its key since, give its new public key too. Otherwise ask whoever gave you the file where it came from.")
		return out.close()
	case v.Result == "pending":
		out.text("This receipt can't be proved yet. It is whole, and it does not carry the proof that it is in the log: " +
			"that follows within a few seconds of the choice. Fetch the file again, and check that one. Until then it says, without proof:")
	default:
		out.text("This receipt is genuine. Nothing in it was changed since it was recorded.")
	}
	e := v.Receipt.Event
	out.text("")
	out.line("Recorded", londonTime(v.Receipt.Time)+"\n"+rfc3339(v.Receipt.Time))
	out.line("Chosen", fmt.Sprintf("%d seconds before, by the device", e.Age))
	out.line("Answers", answers(e, ": ", "\n"))
	out.line("Method", fmt.Sprintf("%s, layer %d", e.Method, e.Layer))
	out.line("Site", e.Site)
	out.line("Controller", e.Controller.Name+" ("+e.Controller.Entity+")")
	out.line("Notice", e.Notice.ID+", version "+e.Notice.Version)
	out.line("Receipt", v.Receipt.ID)
	if v.Log != nil {
		out.line("Log", fmt.Sprintf("%s, leaf %d of %d", v.Log.Origin, *v.Index, v.Log.Size))
		out.line("Signed by", strings.Join(v.Signers, "\n"))
	}
	out.line("Text shown", v.Shown)
	return out.close()
}

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
	report, err := c.check(ctx, o)
	if err != nil {
		return fmt.Errorf("the log could not be checked to its end: %w", err)
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(report)
	} else {
		err = c.show(s.out, report, now().Sub(began))
	}
	if err == nil && !report.Holds() {
		err = exit(1)
	}
	return err
}

func (c *verifyLogCmd) check(ctx context.Context, o audit.Options) (*audit.Report, error) {
	if strings.HasPrefix(c.Log, "https://") || strings.HasPrefix(c.Log, "http://") {
		report, err := audit.Log(ctx, &audit.Web{Base: c.Log, Client: &http.Client{Timeout: patience}}, o)
		if err == nil && report.Holds() && report.Checkpoint.Size == 0 {
			// From outside, a log that was taken away and an address that has none look like a new one.
			return nil, fmt.Errorf("there is no log at %s/log/: either the server has no receipt yet, or the address is of something else, "+
				"or the log was taken away. Compare the address with the first part of the key", strings.TrimRight(c.Log, "/"))
		}
		return report, err
	}
	from := placeAt(c.Log)
	if c.Log == "" {
		from = dataFlags{Database: c.Database}
	}
	store, err := from.open(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return audit.Whole(ctx, store.Audit(), o)
}

// show writes the report for a person.
func (c *verifyLogCmd) show(w io.Writer, r *audit.Report, took time.Duration) error {
	out := newSheet(w)
	if r.Holds() && r.Checkpoint.Size == 0 {
		out.text("The log is empty: nothing was chosen yet, so there is nothing to check.")
		return out.close()
	}
	if r.Holds() {
		out.text("The log holds. Every tile was made anew from the leaves, and the signed checkpoint is of the same tree.")
		if len(r.Warnings) > 0 {
			out.text(fmt.Sprintf("Somebody should look at what it says, all the same: there are warnings below, %d of them.", len(r.Warnings)))
		}
	} else {
		out.text(fmt.Sprintf("The log does not hold. Problems found: %d.", int64(len(r.Problems))+r.More))
	}
	out.text("")
	out.line("Log", r.Checkpoint.Origin)
	out.line("Leaves", fmt.Sprint(r.Checkpoint.Size))
	out.line("Root", r.Checkpoint.Root.String())
	if r.Receipts+r.Erased > 0 {
		out.line("Receipts", fmt.Sprintf("%d, each checked against its leaf; %d erased; %d entries wait for the next checkpoint", r.Receipts, r.Erased, r.Pending))
	}
	if c.From != "" && r.Holds() {
		out.line("Extends", "the checkpoint in "+c.From)
	}
	out.line("Took", took.Round(time.Millisecond).String())
	for i, p := range r.Problems {
		out.line(fmt.Sprintf("Problem %d", i+1), p.String())
	}
	if r.More > 0 {
		out.line("", fmt.Sprintf("and %d more", r.More))
	}
	for i, p := range r.Warnings {
		out.line(fmt.Sprintf("Warning %d", i+1), p.String())
	}
	return out.close()
}

// progress tells, once a second, how far a check has come.
func progress(w io.Writer) func(done, total int64) {
	tell := steps(w)
	return func(done, total int64) { tell(transfer.Checking, done, total) }
}

// steps tells, once a second, how far a copy and its check have come.
func steps(w io.Writer) func(step transfer.Step, done, total int64) {
	last := now()
	return func(step transfer.Step, done, total int64) {
		at := now()
		if at.Sub(last) < time.Second {
			return
		}
		last = at
		what := "leaves"
		if step == transfer.Copying {
			what = "entries"
		}
		fmt.Fprintf(w, "%d of %d %s %s\n", done, total, what, step)
	}
}
