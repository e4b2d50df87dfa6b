package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/dossier"
)

// formatFlag says how a command prints.
type formatFlag struct {
	Format string `help:"How to print: table, json or csv." enum:"table,json,csv" default:"table"`
}

// receiptsCmd reads the consent receipts.
type receiptsCmd struct {
	List   receiptsListCmd   `cmd:"" help:"List the newest receipts, oldest first. JSON is one array."`
	Show   receiptsShowCmd   `cmd:"" help:"Show one receipt, and the text that its visitor was shown."`
	Export receiptsExportCmd `cmd:"" help:"Write every receipt, oldest first, for another program, and a signed manifest of what was written."`
	Purge  receiptsPurgeCmd  `cmd:"" help:"Erase the receipts that were kept for as long as their site keeps them, or count them."`
	Scrub  receiptsScrubCmd  `cmd:"" help:"Take off the disk what was erased from the store. A large PostgreSQL table can't be used meanwhile."`
}

// filterFlags say which receipts a command is about.
type filterFlags struct {
	Site   string `help:"Only receipts of this site." placeholder:"ID"`
	Entity string `help:"Only receipts for this controller." placeholder:"ID"`
}

func (f filterFlags) filter() consent.ReceiptFilter {
	return consent.ReceiptFilter{Site: f.Site, Entity: f.Entity}
}

type receiptsListCmd struct {
	dataFlags
	formatFlag
	filterFlags
	Limit int `help:"At most this many; 0 for all." default:"50"`
}

type receiptsShowCmd struct {
	dataFlags
	Format string `help:"How to print: table, json, csv, html (a page for a regulator, to open and print in a browser), jsonld (ISO/IEC TS 27560 in the Data Privacy Vocabulary), or proof (the file that verify receipt checks)." enum:"table,json,csv,html,jsonld,proof" default:"table"`
	ID     string `arg:"" help:"Id of the receipt."`
}

// Run lists receipts.
func (c *receiptsListCmd) Run(ctx context.Context, s streams) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	filter := c.filter()
	filter.Limit = c.Limit
	return printAll(s.out, c.Format, receiptColumns, false, func(yield func(consent.Receipt, error) bool) {
		for r, err := range store.Receipts(ctx, filter) {
			if !yield(r.Receipt, err) { // without what ties it to the log
				return
			}
		}
	})
}

// Run shows one receipt.
func (c *receiptsShowCmd) Run(ctx context.Context, s streams) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if c.Format == "table" || c.Format == "csv" {
		return c.brief(ctx, s, store)
	}
	if c.Format == "proof" {
		return writeReceiptFile(ctx, s.out, store, c.ID)
	}
	found, err := dossier.Gather(ctx, store, c.ID)
	if err != nil {
		return err
	}
	if c.Format == "jsonld" {
		document, err := found.JSONLD()
		if err != nil {
			return err
		}
		_, err = s.out.Write(document)
		return err
	}
	if err := found.Follow(ctx, store); err != nil {
		return err
	}
	if c.Format == "html" {
		return found.HTML(s.out)
	}
	return printAll(s.out, c.Format, nil, true, one(found))
}

// brief shows the receipt itself, and the text that was shown.
func (c *receiptsShowCmd) brief(ctx context.Context, s streams, store reader) error {
	stored, err := store.Receipt(ctx, c.ID)
	if err != nil {
		return err
	}
	if c.Format == "csv" {
		return printAll(s.out, c.Format, receiptColumns, true, one(stored.Receipt))
	}
	text, err := store.ShownText(ctx, stored.Event.Shown)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	return showReceipt(s, stored.Receipt, text)
}

// one yields one value.
func one[T any](v T) func(func(T, error) bool) {
	return func(yield func(T, error) bool) { yield(v, nil) }
}

var receiptColumns = []column[consent.Receipt]{
	{"time", true, func(r consent.Receipt) string { return rfc3339(r.Time) }},
	{"receipt", true, func(r consent.Receipt) string { return r.ID }},
	{"site", true, func(r consent.Receipt) string { return r.Event.Site }},
	{"method", true, func(r consent.Receipt) string { return string(r.Event.Method) }},
	{"answers", true, func(r consent.Receipt) string { return answers(r.Event, "=", " ") }},
	{"controller", false, func(r consent.Receipt) string { return r.Event.Controller.Entity }},
	{"controller_name", false, func(r consent.Receipt) string { return r.Event.Controller.Name }},
	{"layer", false, func(r consent.Receipt) string { return strconv.Itoa(r.Event.Layer) }},
	{"language", false, func(r consent.Receipt) string { return r.Event.Language }},
	{"gpc", false, func(r consent.Receipt) string { return strconv.FormatBool(r.Event.GPC) }},
	{"age_seconds", false, func(r consent.Receipt) string { return strconv.FormatInt(r.Event.Age, 10) }},
	{"previous", false, func(r consent.Receipt) string { return r.Event.Previous }},
	{"notice", false, func(r consent.Receipt) string { return r.Event.Notice.ID }},
	{"notice_version", false, func(r consent.Receipt) string { return r.Event.Notice.Version }},
	{"notice_hash", false, func(r consent.Receipt) string { return r.Event.Notice.Hash }},
	{"shown", false, func(r consent.Receipt) string { return r.Event.Shown }},
	{"revision", false, func(r consent.Receipt) string { return r.Event.Revision }},
	{"config", false, func(r consent.Receipt) string { return r.Event.Config }},
	{"loader", false, func(r consent.Receipt) string { return r.Event.Loader }},
	{"event", false, func(r consent.Receipt) string { return r.Event.ID }},
}

// answers writes what was said about each purpose that could be chosen.
func answers(e consent.Event, is, separator string) string {
	var said []string
	for _, p := range e.Purposes {
		if p.Basis.Choosable() {
			said = append(said, string(p.ID)+is+string(p.Answer))
		}
	}
	return strings.Join(said, separator)
}

func showReceipt(s streams, r consent.Receipt, text string) error {
	e := r.Event
	out := newSheet(s.out)
	out.line("Receipt", r.ID)
	out.line("Stored", londonTime(r.Time)+"\n"+rfc3339(r.Time))
	out.line("Chosen", fmt.Sprintf("%d seconds before, by the device", e.Age))
	out.line("Site", e.Site)
	out.line("Controller", e.Controller.Name+" ("+e.Controller.Entity+")")
	out.line("ICO registration", e.Controller.ICO)
	out.line("Contact", e.Controller.Contact)
	var purposes []string
	for _, p := range e.Purposes {
		purposes = append(purposes, fmt.Sprintf("%s: %s (%s, PECR Schedule A1 paragraph %s)", p.ID, p.Answer, p.Basis, p.Basis.Paragraph()))
	}
	out.line("Answers", strings.Join(purposes, "\n"))
	out.line("Method", fmt.Sprintf("%s, layer %d", e.Method, e.Layer))
	out.line("Language", e.Language)
	out.line("GPC signal", map[bool]string{true: "sent", false: "not sent"}[e.GPC])
	out.line("Receipt before", e.Previous)
	out.line("Notice", e.Notice.ID+", version "+e.Notice.Version+"\nSHA-256 "+e.Notice.Hash)
	out.line("Questions", "revision "+e.Revision)
	out.line("Configuration", "SHA-256 "+e.Config)
	out.line("Loader", e.Loader)
	out.line("Event", e.ID)
	out.line("Text shown", "SHA-256 "+e.Shown)
	if text == "" {
		text = "The text is not in this store."
	}
	out.line("", text)
	if strings.Contains(text, "{title}") {
		out.line("", "(Words in braces stood for the title, provider and purpose of whatever content was blocked.)")
	}
	return out.close()
}
