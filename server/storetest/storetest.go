// Package storetest holds what every store must do, as tests. A bug found in
// one store becomes a case here.
package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/notice"
	"latchkey/app/rights"
	"latchkey/server"
)

// Run holds a store to the contract of [server.Store]. Each case calls open
// with a t of its own; the first call for a t opens an empty store, another
// call for the same t, after Close, opens that same one again. Run closes what
// it opened.
func Run(t *testing.T, open func(t *testing.T) server.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func(*testing.T) server.Store)
	}{
		{"receipts", testReceipts},
		{"receipts at once", testReceiptsAtOnce},
		{"log", testLog},
		{"following", testFollowing},
		{"erasure", testErasure},
		{"expired", testExpired},
		{"dates", testDates},
		{"editions", testEditions},
		{"revisions", testRevisions},
		{"notices", testNotices},
		{"requests", testRequests},
		{"requests at once", testRequestsAtOnce},
		{"messages", testMessages},
		{"audit log", testAuditLog},
		{"request erasure", testRequestErasure},
		{"reopening", testReopening},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// opened opens a store and closes it at the end of the test.
func opened(t *testing.T, open func(*testing.T) server.Store) server.Store {
	s := open(t)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// Start is a moment from which the samples' times are counted.
var Start = time.Date(2026, time.November, 23, 10, 15, 30, 250_000_000, time.UTC)

// Receipt returns the nth sample receipt of a site, complete and unlike the
// others. Its edition is [Edition], which a store must have before it.
func Receipt(site string, n int) consent.Stored {
	edition := Edition(site)
	event, err := consent.Complete(consent.Submission{
		Event: fmt.Sprintf("00000000-0000-4000-9000-%012d", n), Site: site, Edition: edition.ID,
		Answers: map[consent.PurposeID]consent.Answer{consent.Statistics: consent.No, consent.Marketing: consent.Yes},
		Method:  consent.Save, GPC: true, Previous: "00000000-0000-4000-8000-00000000ffff", Age: 3,
	}, edition)
	if err != nil {
		panic(err) // a sample that does not fit its edition
	}
	salt := sha256.Sum256(fmt.Appendf(nil, "salt %d", n))
	r := consent.Stored{
		Receipt: consent.Receipt{
			ID:    fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
			Time:  Start.Add(time.Duration(n) * time.Minute),
			Event: event,
		},
		Edition: edition.ID, Salt: salt[:evidence.SaltSize],
	}
	Commit(&r)
	return r
}

// Commit gives a sample the commitment that fits it.
func Commit(r *consent.Stored) {
	sum, err := evidence.EditionHash(Edition(r.Event.Site))
	if err == nil {
		r.Commitment, err = evidence.Commit(r.Salt, evidence.Record(*r, sum))
	}
	if err != nil {
		panic(err) // a sample that has no canonical form
	}
}

// ShownText is the text of [Edition].
const ShownText = "Cookies on this website\nWe’d like to use some."

// Edition returns the sample edition of a site.
func Edition(site string) consent.Edition {
	return consent.Edition{
		ID: "edition-of-" + site, Site: site, Layer: 2, Language: "cy", Shown: "5b0e",
		Controller: consent.Party{Entity: site + "-entity", Name: "Reside Housing Association", ICO: "Z8893471", Contact: "0333 320 4555"},
		Purposes: []consent.Purpose{
			{ID: consent.Necessary, Basis: consent.Essential}, {ID: consent.Statistics, Basis: consent.StatisticsExempt}, {ID: consent.Marketing, Basis: consent.ByConsent},
		},
		Revision: "0a1b2c3d", Notice: consent.NoticeRef{ID: "reside", Version: "2026-10-01", Hash: "0c"}, Config: "0d", Loader: "1.0.0",
	}
}

// Notice returns a sample notice without its content.
func Notice(id, version, language string, effective time.Time) notice.Notice {
	return notice.Notice{ID: id, Version: version, Language: language, Title: "Privacy", Effective: effective, Hash: id + version + language}
}

// Record returns the nth sample request of a site, complete and unlike the others.
func Record(site string, n int) rights.Record {
	return rights.Record{
		Reference: fmt.Sprintf("LK-TEST-%04d", n),
		Key:       fmt.Sprintf("key-%d", n),
		Digest:    fmt.Sprintf("digest-%d", n),
		Group:     "progress", Site: site,
		Received: Start.Add(time.Duration(n) * time.Minute),
		Start:    rights.FromIdentityAndDetail, Due: "2026-12-23",
		Request: rights.Request{
			Kind: rights.Access, Entities: []string{"reside", "progress-housing-group"},
			Other: true, Subject: "Gwen Ellis", Authority: rights.OtherAuthority, AuthorityIs: "neighbour",
			What: "Everything since May.\nAnd the letters.", Period: "2026", Format: "paper",
			Name: "Siân Ó Briain", Reply: rights.ByPost, Email: "sian@example.org", Phone: "+44 1772 000000", Address: "1 High Street\nLeyland",
			Safe: "Never by phone", Adjustments: "Large print", Reference: "T-1", Language: "cy",
		},
	}
}

// Messages returns the two sample messages of a request: due at once, and an
// hour after it was received.
func Messages(r rights.Record) []rights.Message {
	return []rights.Message{
		{Request: r.Reference, Kind: "acknowledgement", To: "sian@example.org", Subject: "Eich cais – " + r.Reference, Body: "Diolch.\n", Language: "cy", Due: r.Received},
		{Request: r.Reference, Kind: "team", To: "team@example.org", Subject: "Request " + r.Reference, Body: "See it.\n", Language: "en-GB", Due: r.Received.Add(time.Hour)},
	}
}

// all collects what an iterator yields.
func all[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var vs []T
	for v, err := range seq {
		require.NoError(t, err)
		vs = append(vs, v)
	}
	return vs
}

func addReceipt(t *testing.T, s server.Store, r consent.Stored) {
	t.Helper()
	addEdition(t, s, r.Event.Site)
	_, created, err := s.AddReceipt(context.Background(), &r)
	require.NoError(t, err)
	require.True(t, created)
}

func addRequest(t *testing.T, s server.Store, r rights.Record) {
	t.Helper()
	_, created, err := s.AddRequest(context.Background(), r, Messages(r))
	require.NoError(t, err)
	require.True(t, created)
}

func addEdition(t *testing.T, s server.Store, site string) {
	t.Helper()
	require.NoError(t, s.AddEdition(context.Background(), Edition(site), ShownText))
}
