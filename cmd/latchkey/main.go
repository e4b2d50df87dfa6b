// Latchkey is the front door to privacy on housing associations' websites: it
// serves the consent banner, the privacy notices and the rights-request journey,
// and keeps the receipts and requests that come in.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"latchkey/app/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// commandLine is every command and flag. Each flag can be set in the
// environment too: --public-url as LATCHKEY_PUBLIC_URL. Where two commands mean different things by
// a flag, the variable names the command: LATCHKEY_MIGRATE_FROM.
type commandLine struct {
	Serve    serveCmd    `cmd:"" help:"Serve the loader, the privacy centre and the API."`
	Check    checkCmd    `cmd:"" help:"Check a folder of group configurations and report every problem in it."`
	Snippet  snippetCmd  `cmd:"" help:"Print what to paste into a site's pages."`
	Audit    auditCmd    `cmd:"" help:"Drive a browser through a website, and report what does not fit what the site declares."`
	Receipts receiptsCmd `cmd:"" help:"Read the consent receipts in the store."`
	Requests requestsCmd `cmd:"" help:"Read the rights requests in the store, and erase them."`
	Verify   verifyCmd   `cmd:"" help:"Check receipts, and the log that they are in, against public keys."`
	Backup   backupCmd   `cmd:"" help:"Copy everything that the server keeps into one signed file, while it runs."`
	Restore  restoreCmd  `cmd:"" help:"Make a data folder, or a PostgreSQL database, of a backup, after checking all of it, down to every receipt's place in the log."`
	Migrate  migrateCmd  `cmd:"" help:"Move everything that the server stores from a data folder to PostgreSQL, or back, and check all of it against the log."`
	Keys     keysCmd     `cmd:"" help:"Show or rotate the keys that sign the log of receipts and the audit log."`
}

// exit is an error that carries the program's exit code. Its cause, if any, has
// been printed already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// streams are the program's input and outputs, bound for the commands.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is the program: it returns the exit code. 0 is success, 1 a problem in
// what was asked about, 2 a command line that makes no sense (or, from "verify
// receipt", a receipt that has no proof yet).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var cl commandLine
	code := -1
	parser, err := kong.New(&cl, paths, kong.Name("latchkey"),
		kong.Description("The front door to privacy on housing associations' websites."),
		kong.DefaultEnvars("LATCHKEY"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(c int) { code = c }),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(stderr, "latchkey:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has been answered
		return code
	}
	if err == nil {
		err = refuseURLs(parsed)
	}
	if err != nil {
		fmt.Fprintf(stderr, "latchkey: %v\nRun \"latchkey --help\" for what there is.\n", err)
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(streams{in: stdin, out: stdout, err: stderr})
	if code, ok := errors.AsType[exit](err); ok {
		return int(code)
	}
	if err != nil {
		fmt.Fprintln(stderr, "latchkey:", said(err))
		return 1
	}
	return 0
}

// said is the text of an error for a person: without its kind, which is for the program. Only "not found" stays,
// because a name alone would say nothing.
func said(err error) string {
	if errors.Is(err, fault.NotFound) {
		return err.Error()
	}
	return fault.Text(err)
}
