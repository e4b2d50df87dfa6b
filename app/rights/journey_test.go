package rights_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

var (
	several = rights.Journey{Entities: []string{"group", "reside"}, Today: rights.Date{Year: 2026, Month: 11, Day: 23}, STAIRs: rights.Date{Year: 2027, Month: 4, Day: 1}}
	single  = rights.Journey{Entities: []string{"connect"}, Today: rights.Date{Year: 2026, Month: 11, Day: 23}}
)

// least is a request with the required answers alone.
func least() rights.Request {
	return rights.Request{Name: "Ann", Email: "ann@example.org", What: "What do you hold about me?"}
}

func press(j rights.Journey, f rights.Form, to string) rights.Turn {
	f.To = to
	return j.Turn(f)
}

func TestTheLeastIsANameAWayToReplyAndWhatItIsAbout(t *testing.T) {
	f := several.Open("", "en-GB")
	f.Request = least()
	for _, want := range []rights.Step{rights.StepOrganisation, rights.StepWho, rights.StepWhat, rights.StepReply, rights.StepCheck} {
		turn := press(several, f, rights.ToContinue)
		require.Empty(t, turn.Errors)
		require.Equal(t, want, turn.Form.Step)
		f = turn.Form
	}
	turn := press(several, f, rights.ToSend)
	require.True(t, turn.Send)
	assert.Equal(t, rights.Unsure, turn.Form.Request.Kind)
	assert.Equal(t, []string{rights.OrganisationNotSure}, turn.Form.Request.Entities)
	assert.Equal(t, rights.ByEmail, turn.Form.Request.Reply)
}

func TestWithOneOrganisationThereIsNoQuestionWhich(t *testing.T) {
	f := single.Open(rights.Erasure, "en-GB")
	assert.Equal(t, rights.StepWho, f.Step, "the kind came with the address")
	back := press(single, f, rights.ToBack)
	assert.Equal(t, rights.StepKind, back.Form.Step)
	assert.Equal(t, rights.Erasure, back.Form.Request.Kind)

	f.Step, f.Request = rights.StepCheck, least()
	turn := press(single, f, rights.ToSend)
	require.True(t, turn.Send)
	assert.Equal(t, []string{"connect"}, turn.Form.Request.Entities)

	stray := rights.Form{Step: rights.StepOrganisation, Request: least()}
	assert.Equal(t, rights.StepWho, press(single, stray, rights.ToContinue).Form.Step, "a page from when there were several")
}

func TestChangeLeadsBackToTheCheckPage(t *testing.T) {
	check := rights.Form{Step: rights.StepCheck, Request: least()}
	change := press(several, check, string(rights.StepWho))
	require.Equal(t, rights.StepWho, change.Form.Step)
	require.True(t, change.Form.Review)
	assert.Equal(t, rights.StepCheck, press(several, change.Form, rights.ToContinue).Form.Step)
	assert.Equal(t, rights.StepCheck, press(several, change.Form, rights.ToBack).Form.Step)
	assert.False(t, press(several, change.Form, rights.ToContinue).Form.Review)
}

func TestAChangeThatMakesAnotherAnswerNecessaryLeadsThere(t *testing.T) {
	r := least()
	r.Kind, r.What = rights.Marketing, ""
	check := rights.Form{Step: rights.StepCheck, Request: r}
	require.True(t, press(several, check, rights.ToSend).Send, "marketing stops without a reason")

	kind := press(several, check, string(rights.StepKind)).Form
	kind.Request.Kind = rights.Erasure
	turn := press(several, kind, rights.ToContinue)
	assert.Equal(t, rights.StepWhat, turn.Form.Step)
	assert.True(t, turn.Form.Review)
	assert.Empty(t, turn.Errors, "a question that is new is not yet answered wrongly")
}

func TestSendChecksEverythingAgain(t *testing.T) {
	r := least()
	r.Email = ""
	turn := press(several, rights.Form{Step: rights.StepCheck, Request: r}, rights.ToSend)
	assert.False(t, turn.Send)
	assert.Equal(t, rights.StepReply, turn.Form.Step)
	require.Len(t, turn.Errors, 1)
	assert.Equal(t, "request.error.reply-by.missing", turn.Errors[0].Key)

	elsewhere := press(several, rights.Form{Step: rights.StepWhat, Request: least()}, rights.ToSend)
	assert.False(t, elsewhere.Send, "Send counts on the check page alone")
}

func TestBackKeepsWhatIsWrong(t *testing.T) {
	f := rights.Form{Step: rights.StepReply, Request: rights.Request{Email: "half an addr"}}
	turn := press(several, f, rights.ToBack)
	assert.Equal(t, rights.StepWhat, turn.Form.Step)
	assert.Empty(t, turn.Errors)
	assert.Equal(t, "half an addr", turn.Form.Request.Email)
	first := press(several, rights.Form{Step: rights.StepKind}, rights.ToBack)
	assert.Equal(t, rights.StepKind, first.Form.Step, "there is nothing before the first page")
}

func TestAnotherLanguageIsTheSamePageAgain(t *testing.T) {
	for _, step := range several.Steps() {
		f := rights.Form{Step: step, Review: true, Request: rights.Request{Email: "half an addr"}}
		turn := press(several, f, rights.ToStay)
		assert.Equal(t, f, turn.Form, step)
		assert.Empty(t, turn.Errors)
		assert.False(t, turn.Send)
	}
}

func TestSTAIRsIsOfferedFromItsDay(t *testing.T) {
	on := several
	on.Today = on.STAIRs
	assert.NotContains(t, several.Kinds(), rights.STAIRs)
	assert.Contains(t, on.Kinds(), rights.STAIRs)
	assert.NotContains(t, single.Kinds(), rights.STAIRs, "never, where no day is set")
	assert.Len(t, on.Kinds(), 13)
	assert.Equal(t, rights.Unsure, on.Kinds()[12], "the way out stands last")

	assert.Equal(t, rights.StepKind, several.Open(rights.STAIRs, "en-GB").Step)
	assert.Equal(t, rights.StepOrganisation, on.Open(rights.STAIRs, "en-GB").Step)
	errs := several.Validate(rights.StepKind, rights.Request{Kind: rights.STAIRs})
	require.Len(t, errs, 1)
	assert.Equal(t, "request.error.kind.unknown", errs[0].Key)
}

func TestAnInformationRequestAboutOneselfMovesWithNothingLost(t *testing.T) {
	on := several
	on.Today = on.STAIRs
	r := least()
	r.Kind, r.What, r.Period = rights.STAIRs, "My own file", "2026"
	turn := press(on, rights.Form{Step: rights.StepWhat, Request: r}, rights.ToAccess)
	assert.True(t, turn.Moved)
	assert.Equal(t, rights.StepWhat, turn.Form.Step)
	want := r
	want.Kind = rights.Access
	assert.Equal(t, want, turn.Form.Request)
}

func TestAChildMayAsk(t *testing.T) {
	r := least()
	r.What = "I am 12. I want to see what you have about me."
	step, errs := several.Check(r)
	assert.Equal(t, rights.StepCheck, step)
	assert.Empty(t, errs)
}

func TestAskedIsWhoGetsTheRequest(t *testing.T) {
	for _, c := range []struct {
		name   string
		chosen []string
		want   []string
	}{
		{"one", []string{"reside"}, []string{"reside"}},
		{"several stand in the group's order", []string{"reside", "group"}, []string{"group", "reside"}},
		{"all", []string{rights.EveryOrganisation}, []string{"group", "reside"}},
		{"not sure goes to all", []string{rights.OrganisationNotSure}, []string{"group", "reside"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, several.Asked(rights.Request{Entities: c.chosen}))
		})
	}
}

func TestValidate(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ŵ", n) }
	for _, c := range []struct {
		name string
		step rights.Step
		r    rights.Request
		want []string
	}{
		{"no kind chosen is no error", rights.StepKind, rights.Request{}, nil},
		{"an organisation of another group", rights.StepOrganisation, rights.Request{Entities: []string{"reside", "elsewhere"}}, []string{"entity.unknown"}},
		{"an organisation and not sure", rights.StepOrganisation, rights.Request{Entities: []string{"reside", "not-sure"}}, []string{"entity.both"}},
		{"all and not sure", rights.StepOrganisation, rights.Request{Entities: []string{"all", "not-sure"}}, []string{"entity.both"}},
		{"for somebody else, no more said", rights.StepWho, rights.Request{Other: true}, nil},
		{"a name that is too long, of somebody who is not asked for", rights.StepWho, rights.Request{Subject: long(201)}, nil},
		{"a name that is too long", rights.StepWho, rights.Request{Other: true, Subject: long(201)}, []string{"subject.long"}},
		{"nothing said", rights.StepWhat, rights.Request{Kind: rights.Access}, []string{"what.missing"}},
		{"nothing said about marketing", rights.StepWhat, rights.Request{Kind: rights.Marketing}, nil},
		{"as much as fits, counted in characters", rights.StepWhat, rights.Request{Kind: rights.Access, What: long(10_000)}, nil},
		{"one character more", rights.StepWhat, rights.Request{Kind: rights.Access, What: long(10_001)}, []string{"what.long"}},
		{"an answer that the kind does not ask for", rights.StepWhat, rights.Request{Kind: rights.Erasure, What: "x", Correct: long(6_000)}, nil},
		{"every page says all that is wrong, from top to bottom", rights.StepReply, rights.Request{Reply: rights.ByPhone, Email: "ann", Safe: long(1_001)},
			[]string{"name.missing", "email.form", "phone.missing", "safe.long"}},
		{"no way to reply", rights.StepReply, rights.Request{Name: "Ann"}, []string{"reply-by.missing"}},
		{"post without an address", rights.StepReply, rights.Request{Name: "Ann", Reply: rights.ByPost, Email: "a@b.cd"}, []string{"address.missing"}},
		{"e-mail without one", rights.StepReply, rights.Request{Name: "Ann", Reply: rights.ByEmail, Phone: "01632 960001"}, []string{"email.missing"}},
		{"an unknown page has no errors of its own", "pay", rights.Request{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, e := range several.Validate(c.step, c.r) {
				got = append(got, strings.TrimPrefix(e.Key, "request.error."))
				assert.Equal(t, strings.SplitN(got[len(got)-1], ".", 2)[0], e.Name, "the error belongs to its control")
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestEmailAddressesAndPhoneNumbers(t *testing.T) {
	valid := func(r rights.Request) bool {
		r.Name = "Ann"
		return len(several.Validate(rights.StepReply, r)) == 0
	}
	for _, s := range []string{"ann@example.org", "ann.o'brien+home@mail.example.co.uk", "ann@müller.example", "ŵyn@example.org"} {
		assert.True(t, valid(rights.Request{Email: s}), s)
	}
	for _, s := range []string{
		"ann", "ann@", "@example.org", "ann@example", "ann@@example.org", "ann@example..org", ".ann@example.org", "ann.@example.org",
		"ann@example.org,bob@example.org", "Ann <ann@example.org>", "ann@example.org.", `"a b"@example.org`, "ann@exa mple.org", "a@b@c.org",
	} {
		assert.False(t, valid(rights.Request{Email: s}), s)
	}
	for _, s := range []string{"01632 960001", "+44 (0)1632 960-001", "0300 5000 600 ext. 12", "07700900982 after 5"} {
		assert.True(t, valid(rights.Request{Phone: s}), s)
	}
	for _, s := range []string{"123", "call me", "999"} {
		assert.False(t, valid(rights.Request{Phone: s}), s)
	}
}
