package dpv_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/dpv"
	"latchkey/app/dpv/schematest"
)

const testdata = "../../testdata/"

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testdata + name)
	require.NoError(t, err)
	return b
}

func TestEveryDocumentHasEveryMandatoryFieldOnce(t *testing.T) {
	root := schematest.Parse(t, read(t, "schema/receipt.jsonld.schema.json"))
	for name, source := range sources() {
		t.Run(name, func(t *testing.T) {
			got := schematest.Parse(t, document(t, source)) // which fails on a key that stands twice
			assert.Empty(t, schematest.Faults(t, root, got))
		})
	}
}

func TestTheSchemaFindsWhatIsMissing(t *testing.T) {
	root := schematest.Parse(t, read(t, "schema/receipt.jsonld.schema.json"))
	s := sources()["a withdrawal after a yes"]
	record := func(d map[string]any) map[string]any {
		return d["dpv:hasRecordOfActivity"].([]any)[0].(map[string]any)
	}
	process := func(d map[string]any) map[string]any {
		return record(d)["dpv:hasProcess"].([]any)[2].(map[string]any)
	}
	event := func(d map[string]any) map[string]any {
		return record(d)["dpv:hasConsentStatus"].([]any)[0].(map[string]any)
	}
	for _, c := range []struct {
		name  string
		spoil func(d map[string]any)
		want  string
	}{
		{"a withdrawal method", func(d map[string]any) { delete(record(d), "dpv:hasConsentControl") }, "dpv:hasConsentControl is missing"},
		{"a retention period", func(d map[string]any) {
			conditions := process(d)["dpv:hasStorageCondition"].([]any)
			process(d)["dpv:hasStorageCondition"] = []any{conditions[0], conditions[2]}
		}, "holds nothing like map[required:[dpv:hasDuration]]"},
		{"a recipient's address", func(d map[string]any) {
			delete(process(d)["dpv:hasRecipient"].([]any)[0].(map[string]any), "dpv:hasAddress")
		}, "dpv:hasAddress is missing"},
		{"the time of an event", func(d map[string]any) { delete(event(d), "dpv:isIndicatedAtTime") }, "dpv:isIndicatedAtTime is missing"},
		{"the profile of the United Kingdom's law", func(d map[string]any) {
			record(d)["dct:conformsTo"] = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
		}, "want https://w3id.org/dpv/schema/dpv-27560#record"},
		{"a person without a name", func(d map[string]any) {
			record(d)["dpv:hasDataSubject"].(map[string]any)["@id"] = "mailto:gwen@example.org"
		}, "does not match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := schematest.Parse(t, document(t, s))
			c.spoil(d)
			assert.Contains(t, strings.Join(schematest.Faults(t, root, d), "\n"), c.want)
		})
	}
}

func TestTheSampleIsWrittenByteForByte(t *testing.T) {
	got := document(t, sources()["a withdrawal after a yes"])
	assert.Equal(t, string(read(t, "dpv/withdrawal.jsonld")), string(got))
}

func TestADocumentUsesOnlyTermsThatDPVDefines(t *testing.T) {
	var known map[string]string
	require.NoError(t, json.Unmarshal(read(t, "dpv/terms.json"), &known))
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if key != "@context" {
					used[key] = true
					walk(value)
				}
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case string:
			used[v] = true
		}
	}
	for _, source := range sources() {
		walk(map[string]any(schematest.Parse(t, document(t, source))))
	}
	for _, status := range []dpv.Status{dpv.Renewed} { // in no sample
		used["dpv:"+string(status)] = true
	}
	for term := range used {
		prefix, _, ok := strings.Cut(term, ":")
		if ok && slices.Contains([]string{"dpv", "pd", "loc", "legal-gb"}, prefix) {
			assert.Contains(t, known, term)
		}
	}
}

func TestEveryCategoryOfDataIsATermThatDPVDefines(t *testing.T) {
	known := string(read(t, "dpv/terms.json"))
	for _, c := range dpv.Categories {
		s := dpv.Source{Kept: kept(0, "yyy", consent.AcceptAll)}
		s.Edition.Declared.Purposes[3].Technologies[0].Data = []string{c.Key}
		s.Edition.Declared.Purposes[3].Technologies = s.Edition.Declared.Purposes[3].Technologies[:1]
		processes := schematest.Parse(t, document(t, s))["dpv:hasRecordOfActivity"].([]any)[0].(map[string]any)["dpv:hasProcess"].([]any)
		data := processes[2].(map[string]any)["dpv:hasPersonalData"].([]any)
		require.Len(t, data, 1, c.Key)
		assert.Contains(t, known, `"`+data[0].(map[string]any)["@id"].(string)+`"`, c.Key)
	}
}

func TestAnAnswerAndTheOneBeforeMakeAStatus(t *testing.T) {
	for _, c := range []struct {
		name          string
		basis         consent.Basis
		answer        consent.Answer
		before        consent.Answer
		want          dpv.Status
		nothingChosen bool
	}{
		{name: "a first yes", basis: consent.ByConsent, answer: consent.Yes, want: dpv.Given},
		{name: "a yes after a no", basis: consent.ByConsent, answer: consent.Yes, before: consent.No, want: dpv.Given},
		{name: "a yes again", basis: consent.ByConsent, answer: consent.Yes, before: consent.Yes, want: dpv.Renewed},
		{name: "a first no", basis: consent.ByConsent, answer: consent.No, want: dpv.Refused},
		{name: "a no again", basis: consent.ByConsent, answer: consent.No, before: consent.No, want: dpv.Refused},
		{name: "a no after a yes", basis: consent.ByConsent, answer: consent.No, before: consent.Yes, want: dpv.Withdrawn},
		{name: "left alone, and nothing known before", basis: consent.ByConsent, answer: consent.NotAsked, want: dpv.Unknown},
		{name: "left alone after a yes", basis: consent.ByConsent, answer: consent.NotAsked, before: consent.Yes, nothingChosen: true},
		{name: "an objection", basis: consent.StatisticsExempt, answer: consent.No, before: consent.Yes, want: dpv.Objected},
		{name: "an objection taken back", basis: consent.AppearanceExempt, answer: consent.Yes, before: consent.No, want: dpv.NotObjected},
		{name: "an exempt purpose left alone", basis: consent.StatisticsExempt, answer: consent.NotAsked, want: dpv.NotObjected},
		{name: "an essential purpose", basis: consent.Essential, answer: consent.NotAsked, nothingChosen: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, happened := dpv.StatusOf(consent.PurposeAnswer{Purpose: consent.Purpose{ID: "p", Basis: c.basis}, Answer: c.answer}, c.before)
			assert.Equal(t, !c.nothingChosen, happened)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestTheRecordGrowsAndKeepsItsNames(t *testing.T) {
	first := kept(0, "y-y", consent.AlwaysAllow)
	second := kept(1, "ynn", consent.Save)
	third := kept(2, "nyn", consent.Save)
	record := func(s dpv.Source) map[string]any {
		return schematest.Parse(t, document(t, s))["dpv:hasRecordOfActivity"].([]any)[0].(map[string]any)
	}
	before, after := record(dpv.Source{Kept: second, Earlier: []dpv.Kept{first}}), record(dpv.Source{Kept: third, Earlier: []dpv.Kept{first, second}})

	assert.Equal(t, before["@id"], after["@id"])
	assert.Equal(t, before["dpv:hasDataSubject"], after["dpv:hasDataSubject"])
	old, now := before["dpv:hasConsentStatus"].([]any), after["dpv:hasConsentStatus"].([]any)
	assert.Equal(t, old, now[:len(old)], "events are only ever added")
	var states []string
	for _, e := range now {
		states = append(states, e.(map[string]any)["@type"].([]any)[0].(string))
	}
	assert.Equal(t, []string{
		"x:NotObjected", "dpv:ConsentUnknown", "dpv:ConsentGiven",
		"x:NotObjected", "dpv:ConsentRefused", "dpv:ConsentWithdrawn",
		"x:Objected", "dpv:ConsentGiven", "dpv:ConsentRefused",
	}, states)
}

func TestAWithdrawalIsOneEvenIfTheYesIsNotAtHand(t *testing.T) {
	s := dpv.Source{Kept: kept(1, "ynn", consent.Withdraw)}
	got := string(document(t, s))
	assert.Contains(t, got, "dpv:ConsentWithdrawn")
	assert.NotContains(t, got, "dpv:ConsentRefused")
}
