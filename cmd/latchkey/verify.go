package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/transfer"
)

// verifyCmd checks evidence without trusting the server that keeps it.
type verifyCmd struct {
	Receipt verifyReceiptCmd `cmd:"" help:"Check a receipt file: what was chosen, and that a signed log holds it. The exit code is 0 if it is genuine, 1 if it is not, and 2 if it is whole but has no proof yet."`
	Log     verifyLogCmd     `cmd:"" help:"Check the whole log of receipts, from its leaves up; with a data folder or a database also the database file, the audit log and every request. The exit code is 0 if it holds and 1 if it does not."`
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
