package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// budgets are the largest sizes after brotli, in bytes; 0 for none. The loader
// is measured here without a site's texts and style, and again with them by the
// server's tests: 5,000 for the whole.
var budgets = []struct {
	name   string
	budget int
}{
	{"loader.js", 4_000},
	{"panel.js", 1_500},
	{"first.css", 0},
	{"boot.js", 0},
	{"centre.css", 0},
	{"wasm_exec.js", 0},
	{"app.wasm", 1_600_000},
	{"verify.js", 0},
	{"verify.wasm", 900_000},
}

// report prints the sizes of what is in dist. With strict, it returns an error
// if something is over its budget or was not built.
func report(stdout io.Writer, strict bool) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "asset\tbytes\tbrotli\tbudget\t")
	var over []error
	for _, b := range budgets {
		content, err := os.ReadFile(filepath.Join(dist, b.name))
		if errors.Is(err, fs.ErrNotExist) {
			over = append(over, fmt.Errorf("%s was not built", b.name))
			continue
		}
		if err != nil {
			return fmt.Errorf("size: %w", err)
		}
		packed, err := os.ReadFile(filepath.Join(dist, b.name+".br"))
		if err != nil {
			if packed, err = compress(content); err != nil {
				return err
			}
		}
		budget := "-"
		if b.budget > 0 {
			budget = fmt.Sprint(b.budget)
			if len(packed) > b.budget {
				over = append(over, fmt.Errorf("%s: %d bytes, budget %d", b.name, len(packed), b.budget))
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t\n", b.name, len(content), len(packed), budget)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("size: %w", err)
	}
	if !strict {
		return nil
	}
	return errors.Join(over...)
}
