package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// oldReceipts is the script command "old-receipts DIR": it adds three receipts of
// the year 2003 to a data folder that "fixture" has made.
func oldReceipts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: old-receipts DIR")
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(ts.MkAbs(args[0]), sqlite.FileName))
	ts.Check(err)
	defer s.Close()
	for i, day := range []string{"2003-01-31", "2003-03-01", "2003-03-02"} {
		r := storetest.Receipt("reside", 100+i)
		r.Event.Previous = ""
		r.Time, err = time.Parse(time.DateOnly, day)
		ts.Check(err)
		storetest.Commit(&r)
		_, _, err := s.AddReceipt(ctx, &r)
		ts.Check(err)
	}
}
