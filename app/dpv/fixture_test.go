package dpv_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/app/consent"
	"latchkey/app/dpv"
)

// declared is what the sample site declared when it was shown.
func declared() *consent.Declared {
	readwell := &consent.Recipient{Name: "Readwell", Role: "processor", Address: "12 Clarendon Court, Oxford", Contact: "privacy@readwell.example"}
	clipview := &consent.Recipient{Name: "Clipview", Role: "third-party", Address: "900 Harbour Drive, San Mateo", Contact: "https://privacy.clipview.example"}
	return &consent.Declared{
		Group: "progress", Site: "Reside with Progress", Home: "https://www.reside.example/", Centre: "https://privacy.example.org/reside", Months: 12,
		Purposes: []consent.DeclaredPurpose{
			{ID: "necessary", Name: "Angenrheidiol", Technologies: []consent.DeclaredTechnology{{Name: "latchkey", Kind: "cookie", Provider: "Reside", Duration: "P12M"}}},
			{ID: "visits", Name: "Cyfrif ymweliadau", About: "Rydyn ni’n cyfrif.", Technologies: []consent.DeclaredTechnology{
				{Name: "_pk_id.*", Kind: "cookie", Provider: "Reside", Duration: "P13M", Data: []string{"identifier", "browsing"}, StoredIn: []string{"device", "GB"}},
			}},
			{ID: "preferences", Name: "Hoff osodiadau", Technologies: []consent.DeclaredTechnology{
				{Name: "readwell.toolbar", Kind: "storage", Provider: "Readwell", Recipient: readwell, Duration: "session", Data: []string{"preferences", "none"}, StoredIn: []string{"device"}},
			}},
			{ID: "marketing", Name: "Marchnata", Technologies: []consent.DeclaredTechnology{
				{Name: "Clipview player", Kind: "embed", Provider: "Clipview", Recipient: clipview, Duration: "P6M", Data: []string{"viewing", "ip-address"}, StoredIn: []string{"US"}},
				{Name: "clip_id", Kind: "cookie", Provider: "Clipview", Recipient: clipview, Duration: "P90D", Data: []string{"viewing", "identifier"}, StoredIn: []string{"device", "US"}},
			}},
		},
	}
}

// kept returns the nth receipt of the sample site, which asks about visits
// (exempt), preferences and marketing, each with an answer: y, n or - for not asked.
func kept(n int, answers string, method consent.Method) dpv.Kept {
	said := map[byte]consent.Answer{'y': consent.Yes, 'n': consent.No, '-': consent.NotAsked}
	k := dpv.Kept{
		Receipt: consent.Receipt{
			ID:   fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
			Time: time.Date(2026, time.November, 16+7*n, 10, 15, 30, 250_000_000, time.UTC),
			Event: consent.Event{
				ID: fmt.Sprintf("00000000-0000-4000-9000-%012d", n), Site: "reside", Method: method, Layer: 2, Language: "cy",
				Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association", ICO: "Z8893471", Contact: "0333 320 4555", Address: "Sumner House, Leyland, PR25 2LW"},
				Purposes: []consent.PurposeAnswer{
					{Purpose: consent.Purpose{ID: "necessary", Basis: consent.Essential}, Answer: consent.NotAsked},
					{Purpose: consent.Purpose{ID: "visits", Basis: consent.StatisticsExempt}, Answer: said[answers[0]]},
					{Purpose: consent.Purpose{ID: "preferences", Basis: consent.ByConsent}, Answer: said[answers[1]]},
					{Purpose: consent.Purpose{ID: "marketing", Basis: consent.ByConsent}, Answer: said[answers[2]]},
				},
				Notice: consent.NoticeRef{ID: "reside", Version: "2026-10-01", Hash: strings.Repeat("0c", 32), Language: "cy"},
				Shown:  strings.Repeat("5b", 32), Config: strings.Repeat("0d", 32), Revision: "0a1b2c3d", Loader: "1.0.0",
			},
		},
		Edition: consent.Edition{ID: "AAAAAAAAAAAAAAAAAAAAAA", Declared: declared()},
	}
	if n > 0 {
		k.Event.Previous = fmt.Sprintf("00000000-0000-4000-8000-%012d", n-1)
	}
	return k
}

// sources are documents that differ in what there is to say.
func sources() map[string]dpv.Source {
	withdrawal := dpv.Source{
		Kept: kept(1, "yyn", consent.Save), Earlier: []dpv.Kept{kept(0, "yyy", consent.AcceptAll)},
		Commitment: []byte(strings.Repeat("\xab", 32)),
	}
	withdrawal.Event.Age = 3
	refusal := dpv.Source{Kept: kept(0, "ynn", consent.RejectAll)}
	old := dpv.Source{Kept: kept(1, "n-y", consent.API)} // an early receipt, its edition without a declaration
	old.Edition = consent.Edition{}
	old.Event.Controller = consent.Party{Entity: "connect", Name: "Connect Housing Association"}
	old.Event.Notice = consent.NoticeRef{}
	exempt := dpv.Source{Kept: kept(0, "nnn", consent.Save)}
	exempt.Event.Purposes = exempt.Event.Purposes[:2]
	return map[string]dpv.Source{
		"a withdrawal after a yes": withdrawal, "a refusal": refusal, "nothing but what the receipt itself says": old,
		"a site that asks for no consent": exempt,
	}
}

func document(t *testing.T, s dpv.Source) []byte {
	t.Helper()
	b, err := dpv.Receipt(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
