package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// errOver is what -strict makes of a figure over its limit.
var errOver = errors.New("a figure is over its limit")

// part is a group of figures that are measured together.
type part struct {
	name    string
	measure func(context.Context, *lab, int, *report) error
}

// parts are all there is, in the order in which they run.
var parts = []part{
	{"visit", measureVisits},
	{"click", measureClicks},
	{"repeat", measureRepeats},
	{"release", measureRelease},
	{"panel", measurePanel},
	{"takeover", measureTakeover},
	{receiptsPart, measureReceipts},
}

// run measures what args ask for, from the root of the repository. It fails if
// something could not be measured.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == controlCommand {
		return runControl(ctx, args[1:], stdout)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	runs := flags.Int("runs", 7, "repetitions")
	only := flags.String("only", "", "parts to measure, separated by commas; all if empty")
	binary := flags.String("latchkey", "bin/latchkey", "the program to measure")
	asJSON := flags.Bool("json", false, "print JSON")
	stored := flags.String("stored", "0", "numbers of receipts that are stored when their rate is measured, rising, separated by commas")
	connections := flags.String("connections", "1,8,32", "numbers of connections over which receipts are sent, separated by commas")
	database := flags.String("database", "", "PostgreSQL to measure with, as postgres://…, or \""+ownCluster+"\" for one that is started for it; SQLite if empty")
	strict := flags.Bool("strict", false, "fail if a figure is over its limit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if *runs < 1 {
		return fmt.Errorf("-runs %d: want at least 1", *runs)
	}
	sizes, err := parseScale(*stored, *connections)
	if err != nil {
		return err
	}
	browses := slices.ContainsFunc(chosen, func(p part) bool { return p.name != receiptsPart })
	l, err := openLab(ctx, *binary, *database, browses)
	if err != nil {
		return err
	}
	defer l.close()
	l.scale = sizes

	r := &report{Loader: l.loaderSize, Runs: *runs}
	for _, p := range chosen {
		fmt.Fprintf(stderr, "measuring %s\n", p.name)
		r.part = p.name
		if err := p.measure(ctx, l, *runs, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	write := r.table
	if *asJSON {
		write = r.json
	}
	if err := write(stdout); err != nil {
		return err
	}
	if *strict && r.over() {
		return errOver
	}
	return nil
}

// choose finds parts by their names.
func choose(names string) ([]part, error) {
	if names == "" {
		return parts, nil
	}
	var found []part
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only %s: there is no such part", name)
		}
		found = append(found, parts[i])
	}
	return found, nil
}
