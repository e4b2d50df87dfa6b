package rights_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

func TestParseIsTolerantOfHowPeopleWrite(t *testing.T) {
	for _, c := range []struct {
		name, field, typed string
		want               func(rights.Request) string
		is                 string
	}{
		{"spaces around an answer", rights.FieldName, "  Siân Ó Briain ", func(r rights.Request) string { return r.Name }, "Siân Ó Briain"},
		{"a tab and a line break in one line", rights.FieldName, "Ann\tand\nBob", func(r rights.Request) string { return r.Name }, "Ann and Bob"},
		{"line ends as browsers send them", rights.FieldWhat, "one\r\ntwo\rthree\n", func(r rights.Request) string { return r.What }, "one\ntwo\nthree"},
		{"characters that nobody sees", rights.FieldWhat, "a\x00b\x1bc", func(r rights.Request) string { return r.What }, "abc"},
		{"bytes that are no text", rights.FieldWhat, "a\xffb", func(r rights.Request) string { return r.What }, "a\uFFFDb"},
		{"spaces in an e-mail address", rights.FieldEmail, " ann @ example.org ", func(r rights.Request) string { return r.Email }, "ann@example.org"},
		{"a header smuggled into an e-mail address", rights.FieldEmail, "a@example.org\r\nBcc: b@example.org", func(r rights.Request) string { return r.Email }, "a@example.orgBcc:b@example.org"},
		{"nothing but spaces", rights.FieldPhone, " \n ", func(r rights.Request) string { return r.Phone }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			form, err := rights.Parse(url.Values{c.field: {c.typed}})
			require.NoError(t, err)
			assert.Equal(t, c.is, c.want(form.Request))
		})
	}
}

func TestParseTakesAPageThatIsOlderThanTheProgram(t *testing.T) {
	form, err := rights.Parse(url.Values{"gone": {"a", "b"}, rights.FieldName: {"Ann"}})
	require.NoError(t, err)
	assert.Equal(t, "Ann", form.Request.Name)
	assert.Equal(t, rights.StepKind, form.Step, "the first page, if none is named")
	assert.Equal(t, rights.ToContinue, form.To, "Continue, if no button is named")
}

func TestParseRefusesWhatNoFormOfOursSends(t *testing.T) {
	for _, c := range []struct {
		name string
		form url.Values
		want error
	}{
		{"an unknown step", url.Values{"step": {"pay"}}, fault.Invalid},
		{"an unknown kind", url.Values{"kind": {"pardon"}}, fault.Invalid},
		{"an unknown button", url.Values{"to": {"admin"}}, fault.Invalid},
		{"an unknown authority", url.Values{"authority": {"king"}}, fault.Invalid},
		{"an unknown way to reply", url.Values{"reply-by": {"pigeon"}}, fault.Invalid},
		{"a language that is none", url.Values{"language": {"en\"><script>"}}, fault.Invalid},
		{"a name given twice", url.Values{"name": {"Ann", "Bob"}}, fault.Invalid},
		{"a kind given twice", url.Values{"kind": {"access", "erasure"}}, fault.Invalid},
		{"more organisations than there can be", url.Values{"entity": strings.Split(strings.Repeat("a ", 101), " ")}, fault.Invalid},
		{"more than the limit of a form", url.Values{"what": {strings.Repeat("x", rights.MaxForm+1)}}, fault.TooLarge},
		{"more than the limit in a control that we do not know", url.Values{"x": {strings.Repeat("x", rights.MaxForm+1)}}, fault.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rights.Parse(c.form)
			require.ErrorIs(t, err, c.want)
			assert.NotContains(t, err.Error(), "xxx", "what was typed stays out of the error")
		})
	}
}

func TestTextLongerThanItsLimitIsKept(t *testing.T) {
	long := strings.Repeat("ŵ", 12_000)
	form, err := rights.Parse(url.Values{"what": {long}})
	require.NoError(t, err)
	assert.Equal(t, long, form.Request.What, "so that the person can shorten it")
}

// full is a request with an answer to every question.
func full() rights.Request {
	return rights.Request{
		Kind: rights.Access, Entities: []string{"reside", "key-unlocking-futures"},
		Other: true, Subject: "Gwen Ellis", Authority: rights.OtherAuthority, AuthorityIs: "neighbour\nwith her word",
		What: "Every letter\n\nand <b>call</b> & \"note\"", Correct: "right", Period: "2023 to 2025", Format: "paper",
		Name: "Siân Ó Briain", Reply: rights.ByPost, Email: "sian@example.org", Phone: "+44 1772 000000",
		Address: "1 High Street\nLeyland", Safe: "no voicemail", Adjustments: "large print", Reference: "T-1", Language: "cy",
	}
}

func TestAFormComesBackUnchanged(t *testing.T) {
	want := rights.Form{Request: full(), Step: rights.StepWhat, Review: true, To: rights.ToBack, Token: "sealed"}
	got, err := rights.Parse(want.Values())
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, full(), rights.Answers(full().Values()))
}

func TestAnswersKeepsWhatIsBeingTyped(t *testing.T) {
	r := rights.Answers(url.Values{"what": {" half a sentence, "}, "kind": {"nonsense"}})
	assert.Equal(t, " half a sentence, ", r.What)
	assert.Equal(t, rights.Kind("nonsense"), r.Kind)
}

func TestParseRequest(t *testing.T) {
	r, err := rights.ParseRequest([]byte(`{"kind":"access","name":" Ann ","reply":"email","email":"ann@ example.org","what":"all\r\nof it","entities":["reside"],"language":"en-GB"}`))
	require.NoError(t, err)
	assert.Equal(t, rights.Request{
		Kind: rights.Access, Name: "Ann", Reply: rights.ByEmail, Email: "ann@example.org", What: "all\nof it",
		Entities: []string{"reside"}, Language: "en-GB",
	}, r)
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"a field that is not known": {`{"kind":"access","ip":"1.2.3.4"}`, fault.Malformed},
		"broken JSON":               {`{"kind":`, fault.Malformed},
		"a second value":            {`{} {}`, fault.Malformed},
		"an unknown kind":           {`{"kind":"pardon"}`, fault.Invalid},
		"too large":                 {`{"what":"` + strings.Repeat("x", rights.MaxForm) + `"}`, fault.TooLarge},
	} {
		_, err := rights.ParseRequest([]byte(c.body))
		assert.ErrorIs(t, err, c.want, name)
	}
}

func TestSettledDropsWhatDoesNotApply(t *testing.T) {
	r := full()
	r.Other, r.Kind = false, rights.Erasure
	got := r.Settled()
	assert.Empty(t, got.Subject+string(got.Authority)+got.AuthorityIs, "nobody else is asked for")
	assert.Empty(t, got.Correct+got.Period+got.Format, "questions that erasure does not ask")
	assert.Equal(t, r.What, got.What)
	assert.Equal(t, r.Safe, got.Safe)
	assert.Equal(t, got, got.Settled(), "once settled it stays so")
}

func TestSettledFillsInWhatFollows(t *testing.T) {
	got := rights.Request{Name: "Ann", Email: "ann@example.org", What: "help"}.Settled()
	assert.Equal(t, rights.Unsure, got.Kind)
	assert.Equal(t, []string{rights.OrganisationNotSure}, got.Entities)
	assert.Equal(t, rights.ByEmail, got.Reply)
	assert.Equal(t, rights.ByPost, rights.Request{Address: "1 High Street"}.Settled().Reply)
	assert.Equal(t, rights.ByPhone, rights.Request{Email: "a@b.cd", Phone: "1", Reply: rights.ByPhone}.Settled().Reply, "a choice made is kept")
}

func TestDigestTellsContentApart(t *testing.T) {
	a, b := full(), full()
	b.Entities = []string{"key-unlocking-futures", "reside"}
	assert.Equal(t, a.Digest(), b.Digest(), "the order of organisations says nothing")
	b.What += "."
	assert.NotEqual(t, a.Digest(), b.Digest())
	assert.Len(t, a.Digest(), 64)
}

func TestReference(t *testing.T) {
	assert.Equal(t, "LK-0000-0000", rights.NewReference([5]byte{}))
	assert.Equal(t, "LK-ZZZZ-ZZZZ", rights.NewReference([5]byte{255, 255, 255, 255, 255}))
	assert.Equal(t, "LK-0000-0001", rights.NewReference([5]byte{4: 1}))
	for _, c := range []struct{ typed, want string }{
		{"LK-7F3K-Q2MD", "LK-7F3K-Q2MD"},
		{"lk 7f3k q2md", "LK-7F3K-Q2MD"},
		{"LK7F3KQ2MD", "LK-7F3K-Q2MD"},
		{"lk-oil0-0000", "LK-0110-0000"},
	} {
		got, err := rights.ParseReference(c.typed)
		require.NoError(t, err, c.typed)
		assert.Equal(t, c.want, got)
	}
	for _, bad := range []string{"", "LK-", "7F3K-Q2MD", "LK-7F3K-Q2M", "LK-7F3K-Q2MU", "LK-7F3K-Q2MDX", "LK-éF3K-Q2M"} {
		_, err := rights.ParseReference(bad)
		assert.ErrorIs(t, err, fault.Invalid, bad)
	}
}

// FuzzParse holds the form's parser to its promises for any body that a browser
// or anybody else could post.
func FuzzParse(f *testing.F) {
	f.Add("step=what&to=continue&kind=access&what=All+my+letters")
	f.Add(rights.Form{Request: full(), Step: rights.StepCheck, To: rights.ToSend, Token: "t"}.Values().Encode())
	f.Add("entity=all&entity=not-sure&for=other&review=yes&to=back&step=organisation")
	f.Add("what=%ff%00%0d%0a&name=%e2%80%ae&email=a%40b&language=x-")
	journey := rights.Journey{Entities: []string{"reside", "progress"}, Today: rights.Date{Year: 2027, Month: 4, Day: 1}, STAIRs: rights.Date{Year: 2027, Month: 4, Day: 1}}
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form, err := rights.Parse(values)
		if err != nil {
			return
		}
		again, err := rights.Parse(form.Values())
		require.NoError(t, err)
		require.Equal(t, form, again, "what was parsed parses to itself")
		for name, answers := range form.Values() {
			for _, a := range answers {
				require.True(t, utf8.ValidString(a), name)
				require.NotContains(t, a, "\r")
				require.NotContains(t, a, "\x00")
			}
		}
		require.NotContains(t, form.Request.Name+form.Request.Email+form.Request.Phone+form.Request.Subject+form.Request.Reference, "\n")

		turn := journey.Turn(form)
		require.Contains(t, journey.Steps(), turn.Form.Step)
		if turn.Send {
			require.Empty(t, turn.Errors)
			step, errs := journey.Check(turn.Form.Request)
			require.Equal(t, rights.StepCheck, step)
			require.Empty(t, errs)
			require.Equal(t, turn.Form.Request, turn.Form.Request.Settled())
			require.Equal(t, form.Request.What, turn.Form.Request.What, "nothing said is lost")
		} else {
			require.Equal(t, form.Request.What, turn.Form.Request.What)
			require.Equal(t, form.Request.Name, turn.Form.Request.Name)
		}
	})
}
