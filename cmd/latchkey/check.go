package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"latchkey/app/fault"
	"latchkey/server/config"
)

// checkCmd says everything that is wrong with a configuration folder, and with
// the flags for "serve" that it is given or finds in the environment.
type checkCmd struct {
	Config string `help:"Folder with one folder a group, or the folder of one group." required:"" type:"anypath" placeholder:"DIR"`
	front
}

// Run checks the folder as it stands today.
func (c *checkCmd) Run(s streams) error { return c.check(s, now()) }

// check prints each problem and warning as path:line:column: text, and a
// summary in one line. It ends with the exit code 1 if there are problems, and
// with 2 if there is no such folder.
func (c *checkCmd) check(s streams, today time.Time) error {
	if err := c.front.check(); err != nil {
		return err
	}
	loaded, err := config.Load(c.Config, today)
	invalid, isInvalid := errors.AsType[*config.Invalid](err)
	switch {
	case isInvalid:
		for _, p := range invalid.Problems {
			fmt.Fprintln(s.out, p)
		}
		printWarnings(s.out, invalid.Warnings)
		fmt.Fprintf(s.out, "%s: %s, %s\n", c.Config, count(len(invalid.Problems), "problem", "problems"), count(len(invalid.Warnings), "warning", "warnings"))
		return exit(1)
	case errors.Is(err, fault.NotFound):
		fmt.Fprintln(s.err, "latchkey:", fault.Text(err))
		return exit(2)
	case err != nil:
		return err
	}
	printWarnings(s.out, loaded.Warnings)
	warnings := len(loaded.Warnings)
	for _, advice := range c.advice(today) {
		fmt.Fprintln(s.out, "warning:", advice)
		warnings++
	}
	entities := 0
	for _, g := range loaded.Groups {
		entities += len(g.Entities)
	}
	fmt.Fprintf(s.out, "%s: no problems, %s; %s, %s, %s\n", c.Config,
		count(warnings, "warning", "warnings"),
		count(len(loaded.Groups), "group", "groups"),
		count(entities, "entity", "entities"),
		count(len(loaded.SiteIDs()), "site", "sites"))
	return nil
}

func printWarnings(out io.Writer, warnings []config.Problem) {
	for _, w := range warnings {
		w.Text = "warning: " + w.Text
		fmt.Fprintln(out, w)
	}
}

// count writes "1 site" or "2 sites".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
