package consent_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// asking is an edition of a site with statistics and marketing by consent, as changed.
func asking(change ...func(*consent.Edition)) consent.Edition {
	gives := func(names ...string) []consent.DeclaredTechnology {
		var ts []consent.DeclaredTechnology
		for _, n := range names {
			ts = append(ts, consent.DeclaredTechnology{Name: "tag of " + n, Provider: n, Recipient: &consent.Recipient{Name: n}})
		}
		return ts
	}
	e := consent.Edition{
		Site: "reside", Language: "en-GB", Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association"},
		Purposes: []consent.Purpose{
			{ID: "necessary", Basis: consent.Essential}, {ID: "statistics", Basis: consent.ByConsent}, {ID: "marketing", Basis: consent.ByConsent},
		},
		Declared: &consent.Declared{Purposes: []consent.DeclaredPurpose{
			{ID: "necessary", Name: "Necessary", Technologies: []consent.DeclaredTechnology{{Name: "session", Provider: "Reside"}}},
			{ID: "statistics", Name: "Statistics", Technologies: gives("Sitelook")},
			{ID: "marketing", Name: "Marketing", Technologies: gives("Clipview", "Circle", "Clipview")},
		}},
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func TestWhatHasChangedSinceAChoice(t *testing.T) {
	gone := func(id consent.PurposeID) func(*consent.Edition) {
		return func(e *consent.Edition) {
			e.Purposes = slices.DeleteFunc(e.Purposes, func(p consent.Purpose) bool { return p.ID == id })
			e.Declared.Purposes = slices.DeleteFunc(e.Declared.Purposes, func(p consent.DeclaredPurpose) bool { return p.ID == id })
		}
	}
	basis := func(b consent.Basis) func(*consent.Edition) {
		return func(e *consent.Edition) { e.Purposes[1].Basis = b }
	}
	recipients := func(names ...string) func(*consent.Edition) {
		return func(e *consent.Edition) {
			marketing := &e.Declared.Purposes[len(e.Declared.Purposes)-1]
			marketing.Technologies = nil
			for _, n := range names {
				marketing.Technologies = append(marketing.Technologies, consent.DeclaredTechnology{Provider: n, Recipient: &consent.Recipient{Name: n}})
			}
		}
	}
	other := func(e *consent.Edition) {
		e.Controller = consent.Party{Entity: "group", Name: "Progress Housing Group Limited"}
	}
	silent := func(e *consent.Edition) { e.Declared = nil }
	for _, tt := range []struct {
		name        string
		before, now consent.Edition
		want        []consent.Change
	}{
		{"nothing", asking(), asking(), nil},
		{"a text", asking(), asking(func(e *consent.Edition) { e.Shown, e.Declared.Purposes[1].Name = "ff", "Figures" }), nil},
		{"the provider of the controller's own tool has another name, and nobody receives anything", asking(),
			asking(func(e *consent.Edition) { e.Declared.Purposes[0].Technologies[0].Provider = "Reside Housing" }), nil},
		{"a purpose is new", asking(gone("marketing")), asking(), []consent.Change{
			{Kind: consent.PurposeNew, Purpose: "marketing", Name: "Marketing", Basis: consent.ByConsent},
		}},
		{"a purpose is gone, and is called what it was called", asking(), asking(gone("statistics")), []consent.Change{
			{Kind: consent.PurposeGone, Purpose: "statistics", Name: "Statistics", Basis: consent.ByConsent},
		}},
		{"a purpose is no longer exempt", asking(basis(consent.StatisticsExempt)), asking(), []consent.Change{
			{Kind: consent.BasisChanged, Purpose: "statistics", Name: "Statistics", Basis: consent.ByConsent},
		}},
		{"another entity decides", asking(), asking(other), []consent.Change{
			{Kind: consent.ControllerChanged, Who: []string{"Reside Housing Association", "Progress Housing Group Limited"}},
		}},
		{"recipients come and go", asking(), asking(recipients("Circle", "Bluebird", "Pinboard")), []consent.Change{
			{Kind: consent.RecipientNew, Purpose: "marketing", Name: "Marketing", Basis: consent.ByConsent, Who: []string{"Bluebird", "Pinboard"}},
			{Kind: consent.RecipientGone, Purpose: "marketing", Name: "Marketing", Basis: consent.ByConsent, Who: []string{"Clipview"}},
		}},
		{"all at once", asking(gone("marketing"), other), asking(gone("statistics")), []consent.Change{
			{Kind: consent.ControllerChanged, Who: []string{"Progress Housing Group Limited", "Reside Housing Association"}},
			{Kind: consent.PurposeNew, Purpose: "marketing", Name: "Marketing", Basis: consent.ByConsent},
			{Kind: consent.PurposeGone, Purpose: "statistics", Name: "Statistics", Basis: consent.ByConsent},
		}},
		{"an early edition knows no recipients, and no names", asking(silent), asking(gone("statistics"), recipients("Bluebird")), []consent.Change{
			{Kind: consent.PurposeGone, Purpose: "statistics", Name: "statistics", Basis: consent.ByConsent},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := asking()
			got := consent.Changes(tt.before, tt.now)
			assert.Equal(t, tt.want, got)
			require.Equal(t, asking(), before, "comparing changes nothing")
		})
	}
}
