package main

import (
	"context"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/app/consent"
	"latchkey/app/rights"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// fixture is the script command "fixture DIR": it makes a data folder with the keys of the log and
// three receipts and three requests, one of them by somebody hostile. The
// database stays open as long as the script runs, as a server would have it.
func fixture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fixture DIR")
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(ts.MkAbs(args[0]), sqlite.FileName))
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })

	_, err = receiptlog.LoadKeys(filepath.Join(ts.MkAbs(args[0]), "keys"), "privacy.example.org", "")
	ts.Check(err)
	for _, site := range []string{"reside", "connect"} {
		ts.Check(s.AddEdition(ctx, storetest.Edition(site), storetest.ShownText))
	}
	refusal := storetest.Receipt("connect", 2)
	refusal.Event.Method, refusal.Event.GPC = consent.RejectAll, false
	for _, r := range []consent.Stored{storetest.Receipt("reside", 1), refusal, storetest.Receipt("reside", 3)} {
		_, _, err := s.AddReceipt(ctx, &r)
		ts.Check(err)
	}

	complaint := storetest.Record("connect", 2)
	complaint.Start, complaint.AckDue = rights.FromSubmission, complaint.Due
	complaint.Request = rights.Request{
		Kind: rights.Complaint, Entities: []string{"connect"}, What: "A letter went to the wrong house.",
		Name: "A. Tenant", Reply: rights.ByPhone, Phone: "0300 5000 600", Language: "en-GB",
	}
	hostile := storetest.Record("reside", 3)
	hostile.Request = rights.Request{
		Kind: rights.Unsure, Entities: []string{rights.OrganisationNotSure}, Name: `=HYPERLINK("http://example.com","Click")`,
		What: "-1+2\nName              Somebody else\x1b[31m \u202egnp.exe", Reply: rights.ByEmail, Email: "@a@example.org", Language: "en-GB",
	}
	for _, r := range []rights.Record{storetest.Record("reside", 1), complaint, hostile} {
		_, _, err := s.AddRequest(ctx, r, nil)
		ts.Check(err)
	}
}
