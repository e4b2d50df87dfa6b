package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// requestsCmd reads the rights requests, and erases them.
type requestsCmd struct {
	List   requestsListCmd   `cmd:"" help:"List the newest requests, oldest first. JSON is one array."`
	Show   requestsShowCmd   `cmd:"" help:"Show all of one request."`
	Export requestsExportCmd `cmd:"" help:"Print every request, oldest first. JSON is one object a line."`
	Erase  requestsEraseCmd  `cmd:"" help:"Erase what the person of one request said, and all its mail. A tally of it stays."`
	Purge  requestsPurgeCmd  `cmd:"" help:"Erase the requests that were kept for as long as their organisations keep them, or count them."`
}

type requestFlags struct {
	dataFlags
	formatFlag
	Site   string `help:"Only requests made on this site." placeholder:"ID"`
	Entity string `help:"Only requests that name this organisation; \"all\" for those to every organisation of a group, \"not-sure\" for those to none in particular." placeholder:"ID"`
}

type requestsListCmd struct {
	requestFlags
	Limit int `help:"At most this many; 0 for all." default:"50"`
}

type requestsExportCmd struct {
	requestFlags
	Limit int `help:"At most this many, the newest; 0 for all." default:"0"`
}

type requestsShowCmd struct {
	dataFlags
	formatFlag
	Reference string `arg:"" help:"Reference number, such as LK-7F3K-Q2MD."`
}

// Run lists requests.
func (c *requestsListCmd) Run(ctx context.Context, s streams) error {
	return c.print(ctx, s, c.Limit, false)
}

// Run prints requests for another program.
func (c *requestsExportCmd) Run(ctx context.Context, s streams) error {
	return c.print(ctx, s, c.Limit, true)
}

func (f requestFlags) print(ctx context.Context, s streams, limit int, lines bool) error {
	store, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	filter := rights.Filter{Site: f.Site, Entity: f.Entity, Limit: limit}
	return printAll(s.out, f.Format, requestColumns, lines, store.Requests(ctx, filter))
}

// Run shows one request.
func (c *requestsShowCmd) Run(ctx context.Context, s streams) error {
	reference, err := rights.ParseReference(c.Reference)
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	record, err := store.Request(ctx, reference)
	if err != nil {
		return err
	}
	if c.Format == "table" {
		return showRequest(s, record)
	}
	return printAll(s.out, c.Format, requestColumns, true, one(record))
}

var requestColumns = []column[rights.Record]{
	{"received", true, func(r rights.Record) string { return rfc3339(r.Received) }},
	{"reference", true, func(r rights.Record) string { return r.Reference }},
	{"kind", true, func(r rights.Record) string { return string(r.Request.Kind) }},
	{"site", true, func(r rights.Record) string { return r.Site }},
	{"entities", true, func(r rights.Record) string { return strings.Join(r.Request.Entities, " ") }},
	{"erased", true, func(r rights.Record) string { return optionalTime(r.Erased) }},
	{"due", true, func(r rights.Record) string { return r.Due }},
	{"acknowledge_by", false, func(r rights.Record) string { return r.AckDue }},
	{"group", false, func(r rights.Record) string { return r.Group }},
	{"clock_starts", false, func(r rights.Record) string { return string(r.Start) }},
	{"name", false, func(r rights.Record) string { return r.Request.Name }},
	{"for_somebody_else", false, func(r rights.Record) string { return strconv.FormatBool(r.Request.Other) }},
	{"subject", false, func(r rights.Record) string { return r.Request.Subject }},
	{"authority", false, func(r rights.Record) string { return string(r.Request.Authority) }},
	{"authority_is", false, func(r rights.Record) string { return r.Request.AuthorityIs }},
	{"what", false, func(r rights.Record) string { return r.Request.What }},
	{"correct", false, func(r rights.Record) string { return r.Request.Correct }},
	{"period", false, func(r rights.Record) string { return r.Request.Period }},
	{"format", false, func(r rights.Record) string { return r.Request.Format }},
	{"reply", false, func(r rights.Record) string { return string(r.Request.Reply) }},
	{"email", false, func(r rights.Record) string { return r.Request.Email }},
	{"phone", false, func(r rights.Record) string { return r.Request.Phone }},
	{"address", false, func(r rights.Record) string { return r.Request.Address }},
	{"safe", false, func(r rights.Record) string { return r.Request.Safe }},
	{"adjustments", false, func(r rights.Record) string { return r.Request.Adjustments }},
	{"tenancy_reference", false, func(r rights.Record) string { return r.Request.Reference }},
	{"language", false, func(r rights.Record) string { return r.Request.Language }},
}

// optionalTime writes a time, if there is one.
func optionalTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return rfc3339(*t)
}

func showRequest(s streams, r rights.Record) error {
	q := r.Request
	out := newSheet(s.out)
	out.line("Reference", r.Reference)
	out.line("Received", londonTime(r.Received)+"\n"+rfc3339(r.Received))
	if q.Kind == rights.Complaint {
		out.line("Acknowledge by", day(r.AckDue))
		out.line("Answer", "without undue delay (DPA 2018 s164A(4))")
	} else {
		out.line("Answer by", day(r.Due)+startWords[r.Start])
	}
	out.line("Asks for", string(q.Kind))
	out.line("Of", strings.Join(q.Entities, "\n"))
	out.line("On site", r.Site+", group "+r.Group)
	if r.Erased != nil {
		out.line("Erased", londonTime(*r.Erased)+"\n"+rfc3339(*r.Erased)+"\nWhat the person said is gone, and so is all mail.")
		return out.close()
	}
	// How they can be reached safely stands before any way to reach them.
	out.line("Safe contact", q.Safe)
	out.line("Adjustments", q.Adjustments)
	out.line("Name", q.Name)
	if q.Other {
		out.line("Asks for somebody", q.Subject)
		out.line("On authority", strings.TrimSuffix(string(q.Authority)+": "+q.AuthorityIs, ": "))
	}
	out.line("Reply by", string(q.Reply))
	out.line("E-mail", q.Email)
	out.line("Phone", q.Phone)
	out.line("Address", q.Address)
	out.line("Tenancy reference", q.Reference)
	out.line("Language", q.Language)
	out.line("What", q.What)
	out.line("Should say", q.Correct)
	out.line("Time or place", q.Period)
	out.line("Format wanted", q.Format)
	return out.close()
}

// startWords say what the date of a request depends on.
var startWords = map[rights.Start]string{
	rights.FromSubmission:         "",
	rights.FromWrittenAndIdentity: "\nif proof of identity is not needed; else counted from the day it comes",
	rights.FromIdentityAndDetail:  "\nif neither proof of identity nor more detail is needed; else counted from the day both are there",
}

// londonTime writes a moment as it was in London, where the days are counted.
func londonTime(t time.Time) string {
	t = t.In(rights.London())
	return i18n.For(i18n.Default).Date(t) + t.Format(" at 15:04:05 MST")
}

// day writes a day of the store in full.
func day(date string) string {
	d, err := rights.ParseDate(date)
	if err != nil {
		return date
	}
	return i18n.For(i18n.Default).Date(d.Time())
}
