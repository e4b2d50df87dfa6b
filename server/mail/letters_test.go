package mail

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// landlords is a group of three: one has its own contacts, one its own team.
func landlords() *group.Group {
	return &group.Group{
		ID: "progress", Name: "Progress Housing Group",
		Regulator: group.Regulator{Name: "Information Commission", Phone: "0303 123 1113", Web: "https://ico.org.uk"},
		Entities: []group.Entity{
			{ID: "head", Name: "Progress Limited", Team: "head-team@example.org", Contact: group.Contact{Phone: "0333 320 4555", Post: "Sumner House"}, DPO: &group.Contact{Email: "dpo@example.org"}},
			{ID: "reside", Name: "Reside Association", Team: "reside-team@example.org"},
			{ID: "living", Name: "Concert Limited", Contact: group.Contact{Web: "https://concert.example"}, DPO: &group.Contact{}},
		},
		Sites: []group.Site{{ID: "reside", Name: "Reside with Progress", Entity: "reside", Languages: []string{"en-GB", "cy"}}},
		Texts: map[string]group.Overrides{"cy": {"request.mail.keep": "Geiriau’r grŵp."}},
	}
}

// record is a request with something in every field.
func record(kind rights.Kind, language string, entities ...string) rights.Record {
	return rights.Record{
		Reference: "LK-7F3K-Q2MD", Group: "progress", Site: "reside", Received: start, Start: rights.FromIdentityAndDetail,
		Request: rights.Request{
			Kind: kind, Entities: entities, Other: true, Subject: "SUBJECT", Authority: rights.OtherAuthority, AuthorityIs: "AUTHORITY",
			What: "WHAT", Correct: "CORRECT", Period: "PERIOD", Format: "FORMAT", Name: "NAME",
			Reply: rights.ByEmail, Email: "sian@example.org", Phone: "PHONE", Address: "ADDRESS", Safe: "SAFE",
			Adjustments: "ADJUSTMENTS", Reference: "TENANCY", Language: language,
		},
	}
}

// written composes the messages of a request as the server does.
func written(r rights.Record) []rights.Message {
	g := landlords()
	var journey rights.Journey
	for _, e := range g.RequestEntities(&g.Sites[0]) {
		journey.Entities = append(journey.Entities, e.ID)
	}
	var asked []group.Entity
	for _, id := range journey.Asked(r.Request) {
		e, _ := g.Entity(id)
		asked = append(asked, e)
	}
	clock := rights.Calendar{}.Clock(rights.Facts{Kind: r.Request.Kind, Rule: r.Start, Received: r.Received})
	return Letters(r, clock, g, &g.Sites[0], asked)
}

func to(messages []rights.Message) []string {
	var addresses []string
	for _, m := range messages {
		addresses = append(addresses, m.To)
	}
	return addresses
}

func TestNoLetterHasInItWhatThePersonWrote(t *testing.T) {
	for _, language := range i18n.Languages {
		for _, kind := range rights.Kinds {
			t.Run(language+" "+string(kind), func(t *testing.T) {
				r := record(kind, language, "reside")
				messages := written(r)
				require.Len(t, messages, 2)
				request := reflect.ValueOf(r.Request)
				for _, m := range messages {
					for i := range request.NumField() {
						typed, ok := request.Field(i).Interface().(string)
						if ok && request.Type().Field(i).Name != "Language" {
							assert.NotContains(t, m.Subject+m.Body, typed, request.Type().Field(i).Name)
						}
					}
				}
			})
		}
	}
}

func TestEveryLetterIsWhole(t *testing.T) {
	for _, language := range i18n.Languages {
		for _, kind := range rights.Kinds {
			for _, entity := range []string{"reside", rights.EveryOrganisation, rights.OrganisationNotSure} {
				t.Run(language+" "+string(kind)+" "+entity, func(t *testing.T) {
					for _, m := range written(record(kind, language, entity)) {
						assert.Contains(t, m.Subject, "LK-7F3K-Q2MD")
						assert.Contains(t, m.Body, "LK-7F3K-Q2MD")
						assert.Equal(t, start, m.Due, "it is due at once")
						assert.NotContains(t, m.Subject+m.Body, "[", "every message has a text")
						assert.NotContains(t, m.Subject+m.Body, "{", "every placeholder is filled")
						assert.NotContains(t, m.Body, "\n\n\n")
						assert.NotContains(t, m.Subject, "\n")
					}
				})
			}
		}
	}
}

func TestTheAcknowledgementHasTheTenItems(t *testing.T) {
	m := written(record(rights.Access, "en-GB", "reside"))[0]
	assert.Equal(t, Acknowledgement, m.Kind)
	assert.Equal(t, "sian@example.org", m.To)
	assert.Equal(t, "We have your request: LK-7F3K-Q2MD", m.Subject)
	for i, want := range [][]string{
		{"reference: LK-7F3K-Q2MD"},
		{"Sent to: Reside Association"},
		{"Received on: Monday 23 November 2026"},
		{"See the information we hold about me"},
		{"by: Wednesday 23 December 2026", "date may change", "Reside Association counts the month from the day"},
		{"do not need to do anything now", "do not need a computer"},
		{"add to your request, change it or take it back", "0333 320 4555"},
		{"Data protection officer of Reside Association:\n  dpo@example.org", "another format", "another language"},
		{"complain to us first:\n  0333 320 4555", "Information Commission:\n  0303 123 1113\n  https://ico.org.uk"},
		{"Keep this message"},
	} {
		for _, part := range want {
			assert.Contains(t, m.Body, part, "item %d of LAW 3.4", i+1)
		}
	}

	m = written(record(rights.Access, "cy", "reside"))[0]
	assert.Equal(t, "cy", m.Language)
	assert.Contains(t, m.Body, "erbyn: dydd Mercher 23 Rhagfyr 2026")
	assert.Contains(t, m.Body, "Geiriau’r grŵp.", "the group's own wording stands before ours")
}

func TestTheAcknowledgementSaysWhatTheKindNeeds(t *testing.T) {
	for _, c := range []struct {
		name      string
		kind      rights.Kind
		says, not string
	}{
		{"a complaint is looked into without undue delay", rights.Complaint, "without undue delay", "date may change"},
		{"a complaint has been made to the organisation, and the next is the regulator", rights.Complaint, "If you are not happy with our answer, or we do not answer, you can complain to the Information Commission:", "complain to us first"},
		{"somebody who is not sure has said something", rights.Unsure, "you asked for something in your own words", "I’m not sure"},
		{"it is for somebody else", rights.Access, "Who it is for: somebody else", "SUBJECT"},
		{"marketing stops, and nothing can be asked for first", rights.Marketing, "We stop as soon as we can", "date may change"},
		{"an information request can be looked at again", rights.STAIRs, "Housing Ombudsman", "date may change"},
		{"a deletion may take longer", rights.Erasure, "date may change", "Housing Ombudsman"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := written(record(c.kind, "en-GB", "reside"))[0]
			assert.Contains(t, m.Body, c.says)
			assert.NotContains(t, m.Body, c.not)
		})
	}
}

func TestTheAcknowledgementNamesWhoAnswers(t *testing.T) {
	for _, c := range []struct {
		name     string
		entities []string
		says     []string
		not      string
	}{
		{"one organisation", []string{"living"}, []string{"Sent to: Concert Limited\n", "https://concert.example", "Concert Limited has not named a data protection officer"}, "0333 320 4555"},
		{"several, with the contacts of each", []string{"living", "reside", "head"}, []string{"Reside Association, Progress Limited:\n  0333 320 4555", "Concert Limited:\n  https://concert.example"}, ""},
		{"all of the group", []string{rights.EveryOrganisation}, []string{"all organisations of Progress Housing Group", "0333 320 4555"}, "concert.example"},
		{"not sure: the site's own finds out", []string{rights.OrganisationNotSure}, []string{"Sent to: Reside Association, which will find out"}, "Concert"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := written(record(rights.Access, "en-GB", c.entities...))[0]
			for _, want := range c.says {
				assert.Contains(t, m.Body, want)
			}
			if c.not != "" {
				assert.NotContains(t, m.Body, c.not)
			}
		})
	}
}

func TestAnAcknowledgementGoesOnlyWhereItIsWelcome(t *testing.T) {
	for _, c := range []struct {
		name              string
		reply             rights.ReplyBy
		email, safe, want string
	}{
		{"to who wants the reply by e-mail", rights.ByEmail, "a@example.org", "", "a@example.org"},
		{"to who wants the reply by e-mail, whatever else they wish", rights.ByEmail, "a@example.org", "Never phone", "a@example.org"},
		{"to who gave an address beside another way", rights.ByPost, "a@example.org", "", "a@example.org"},
		{"not by e-mail if another way was chosen and there are wishes that only a person can read", rights.ByPhone, "a@example.org", "My partner reads my mail", ""},
		{"not to who gave no address", rights.ByPhone, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(rights.Access, "en-GB", "reside")
			r.Request.Reply, r.Request.Email, r.Request.Safe = c.reply, c.email, c.safe
			want := []string{"reside-team@example.org"}
			if c.want != "" {
				want = append([]string{c.want}, want...)
			}
			assert.Equal(t, want, to(written(r)))
		})
	}
}

func TestEveryTeamThatAnswersIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		name     string
		entities []string
		want     []string
		names    []string
	}{
		{"its own team", []string{"reside"}, []string{"reside-team@example.org"}, []string{"Reside Association"}},
		{"the group's, for an organisation without one", []string{"living"}, []string{"head-team@example.org"}, []string{"Concert Limited"}},
		{"one message for two organisations of one team", []string{"head", "living", "reside"}, []string{"reside-team@example.org", "head-team@example.org"}, []string{"Reside Association", "Progress Limited, Concert Limited"}},
		{"all of them", []string{rights.EveryOrganisation}, []string{"reside-team@example.org", "head-team@example.org"}, []string{"Reside Association", "Progress Limited, Concert Limited"}},
		{"the site's own, if the person is not sure", []string{rights.OrganisationNotSure}, []string{"reside-team@example.org"}, []string{"Reside Association, to find out who holds the information (the person is not sure)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(rights.Complaint, "cy", c.entities...)
			r.Request.Email, r.Request.Reply = "", rights.ByPhone
			messages := written(r)
			assert.Equal(t, c.want, to(messages))
			for i, m := range messages {
				assert.Equal(t, "LK-7F3K-Q2MD: new complaint, acknowledge by Wednesday 23 December 2026", m.Subject)
				assert.Equal(t, "en-GB", m.Language, "the site's language, not the person's")
				for _, want := range []string{
					"through Reside with Progress", "For: " + c.names[i] + "\n", "Complain about how my information was used",
					"Received: Monday 23 November 2026", "Acknowledge by: Wednesday 23 December 2026", "By phone",
					"how to reach them safely", "latchkey requests show LK-7F3K-Q2MD",
				} {
					assert.Contains(t, m.Body, want)
				}
			}
		})
	}
}

func TestTheTeamIsTold(t *testing.T) {
	r := record(rights.Access, "en-GB", "reside")
	r.Request.Safe, r.Request.Adjustments = "", ""
	messages := written(r)
	body := messages[len(messages)-1].Body
	assert.NotContains(t, body, "safely", "of wishes only if there are any")
	assert.Contains(t, body, "ask at once", "that the date counts from receipt")
	assert.False(t, strings.HasSuffix(body, "\n\n"))

	messages = written(record(rights.Unsure, "en-GB", "reside"))
	assert.Contains(t, messages[len(messages)-1].Body, "What is asked: the person is not sure")
}
