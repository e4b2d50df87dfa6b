package consent_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

const submission = `{
	"event": "0b0c2a1e-5f0a-4d3c-9b8a-7e6d5c4b3a29",
	"site": "reside",
	"edition": "pQ8sW2dF6hJ1kLzX5cV9bA",
	"answers": {"statistics": "yes", "marketing": "no"},
	"method": "save",
	"gpc": true,
	"previous": "11111111-2222-3333-4444-555555555555",
	"age": 3
}`

func TestSubmissionIsReadWhole(t *testing.T) {
	got, err := consent.ParseSubmission([]byte(submission))
	require.NoError(t, err)
	assert.Equal(t, consent.Submission{
		Event: "0b0c2a1e-5f0a-4d3c-9b8a-7e6d5c4b3a29", Site: "reside", Edition: "pQ8sW2dF6hJ1kLzX5cV9bA",
		Answers: map[consent.PurposeID]consent.Answer{"statistics": consent.Yes, "marketing": consent.No},
		Method:  consent.Save, GPC: true, Previous: "11111111-2222-3333-4444-555555555555", Age: 3,
	}, got)
}

func TestTheProofOfASubmissionIsReadAndNeverWritten(t *testing.T) {
	got, err := consent.ParseSubmission([]byte(strings.Replace(submission, `"age"`, `"proof": "a token", "age"`, 1)))
	require.NoError(t, err)
	assert.Equal(t, "a token", got.Proof)
	b, err := json.Marshal(got)
	require.NoError(t, err)
	assert.NotContains(t, string(b), "token")
	assert.NotContains(t, strings.ToLower(string(b)), "proof")
	event, err := consent.Complete(got, edition)
	require.NoError(t, err)
	assert.Empty(t, (&consent.Stored{Receipt: consent.Receipt{Event: event}}).Submission().Proof)
}

func TestTheSecretOfASubmissionIsReadAndNeverWritten(t *testing.T) {
	const secret = "AAECAwQFBgcICQoLDA0ODw"
	got, err := consent.ParseSubmission([]byte(strings.Replace(submission, `"age"`, `"secret": "`+secret+`", "age"`, 1)))
	require.NoError(t, err)
	assert.Equal(t, secret, got.Secret)
	event, err := consent.Complete(got, edition)
	require.NoError(t, err)
	stored := consent.Stored{Receipt: consent.Receipt{Event: event}, Sender: consent.SenderOf(got.Secret)}
	assert.Len(t, stored.Sender, 16)
	assert.Empty(t, stored.Submission().Secret)
	for _, shown := range []any{got, event, stored.Receipt, stored, stored.Submission()} {
		b, err := json.Marshal(shown)
		require.NoError(t, err)
		assert.NotContains(t, string(b), secret)
		assert.NotContains(t, strings.ToLower(string(b)), "secret")
		assert.NotContains(t, strings.ToLower(string(b)), "sender")
	}
	assert.Nil(t, consent.SenderOf(""), "of none there is none")
}

func TestSubmissionIsRefusedAsAWhole(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		want           error
	}{
		{"a field that nobody knows", `"gpc"`, `"agent": "x", "gpc"`, fault.Malformed},
		{"an age in words", `"age": 3`, `"age": "3"`, fault.Malformed},
		{"an age with a fraction", `"age": 3`, `"age": 3.5`, fault.Malformed},
		{"an age below nothing", `"age": 3`, `"age": -1`, fault.Invalid},
		{"an age beyond that of any cookie", `"age": 3`, `"age": 34560001`, fault.Invalid},
		{"an event that is no UUID", "0b0c2a1e-5f0a", "0b0c2a1e5f0a", fault.Invalid},
		{"an event in capitals", "0b0c2a1e", "0B0C2A1E", fault.Invalid},
		{"no site", `"reside"`, `""`, fault.Invalid},
		{"an edition that is too short", "pQ8sW2dF6hJ1kLzX5cV9bA", "pQ8s", fault.Invalid},
		{"no answers", `{"statistics": "yes", "marketing": "no"}`, `{}`, fault.Invalid},
		{"an answer in other words", `"yes"`, `"maybe"`, fault.Invalid},
		{"an answer to what can't be a purpose", `"statistics"`, `"Statistics!"`, fault.Invalid},
		{"a secret that is too short", `"age"`, `"secret": "AAECAwQF", "age"`, fault.Invalid},
		{"a secret that is empty", `"age"`, `"secret": "", "age"`, fault.Invalid},
		{"a secret in another alphabet", `"age"`, `"secret": "AAECAwQFBgcICQoLDA0O+/", "age"`, fault.Invalid},
		{"a secret that is a number", `"age"`, `"secret": 1, "age"`, fault.Malformed},
		{"a method that nobody knows", `"save"`, `"force"`, fault.Invalid},
		{"a receipt before that is no receipt", "11111111-2222-3333-4444-555555555555", "1", fault.Invalid},
		{"something behind it", "\"age\": 3\n}", "\"age\": 3\n} {}", fault.Malformed},
		{"the end missing", "\"age\": 3\n}", `"age": 3`, fault.Malformed},
		{"more than anybody needs", `"reside"`, `"` + strings.Repeat("r", consent.MaxSubmission) + `"`, fault.TooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(submission, tt.old, tt.new, 1)
			require.NotEqual(t, submission, body)
			got, err := consent.ParseSubmission([]byte(body))
			require.ErrorIs(t, err, tt.want)
			assert.Zero(t, got)
		})
	}
}

// edition is what the submission above answers.
var edition = consent.Edition{
	ID: "pQ8sW2dF6hJ1kLzX5cV9bA", Site: "reside", Layer: 1, Language: "en-GB",
	Purposes: []consent.Purpose{
		{ID: "necessary", Basis: consent.Essential},
		{ID: "statistics", Basis: consent.ByConsent},
		{ID: "marketing", Basis: consent.ByConsent},
	},
}

func TestEventSaysYesNoOrNotAskedOfEveryPurpose(t *testing.T) {
	s, err := consent.ParseSubmission([]byte(submission))
	require.NoError(t, err)
	got, err := consent.Complete(s, edition)
	require.NoError(t, err)
	assert.Equal(t, []consent.PurposeAnswer{
		{Purpose: edition.Purposes[0], Answer: consent.NotAsked},
		{Purpose: edition.Purposes[1], Answer: consent.Yes},
		{Purpose: edition.Purposes[2], Answer: consent.No},
	}, got.Purposes)
}

func TestEventNeedsAnAnswerToWhatWasAskedAndNoOther(t *testing.T) {
	for name, change := range map[string]func(*consent.Submission){
		"one is missing":              func(s *consent.Submission) { delete(s.Answers, "marketing") },
		"an essential one is refused": func(s *consent.Submission) { s.Answers["necessary"] = consent.No },
		"one was never asked":         func(s *consent.Submission) { s.Answers["spying"] = consent.Yes },
		"it is another site's":        func(s *consent.Submission) { s.Site = "connect" },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := consent.ParseSubmission([]byte(submission))
			require.NoError(t, err)
			change(&s)
			_, err = consent.Complete(s, edition)
			require.ErrorIs(t, err, fault.Invalid)
		})
	}
}

func TestARepeatIsTheSameChoice(t *testing.T) {
	first, err := consent.ParseSubmission([]byte(submission))
	require.NoError(t, err)
	for _, c := range []struct {
		name, old, new string
		want           bool
	}{
		{"sent later", `"age": 3`, `"age": 90`, true},
		{"with the token of the receipt before", `"age": 3`, `"age": 3, "proof": "x"`, true},
		{"without the receipt before", `"previous": "11111111-2222-3333-4444-555555555555",`, "", true},
		{"with another receipt before", "11111111", "22222222", false},
		{"with another answer", `"no"`, `"yes"`, false},
		{"made otherwise", `"save"`, `"withdraw"`, false},
		{"without the signal", "true", "false", false},
		{"of another site", `"reside"`, `"connect"`, false},
		{"of another text", "pQ8s", "xQ8s", false},
		{"under another event", "0b0c", "1b0c", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(submission, c.old, c.new, 1)
			require.NotEqual(t, submission, changed)
			again, err := consent.ParseSubmission([]byte(changed))
			require.NoError(t, err)
			assert.Equal(t, c.want, first.Same(again))
			assert.Equal(t, c.want, again.Same(first))
		})
	}
}

func FuzzParseCookie(f *testing.F) {
	f.Add("1.2026-11-23.4f2c9a1b.c.marketing:0.statistics:1")
	f.Add("1.2028-02-29.00000000.a.a-1-b2:1")
	f.Add("1.2026-02-30.4f2c9a1b.f.a:1.a:0")
	f.Fuzz(func(t *testing.T, value string) {
		c, err := consent.ParseCookie(value)
		if err != nil {
			require.ErrorIs(t, err, fault.Invalid)
			require.Zero(t, c)
			return
		}
		require.Equal(t, value, c.Cookie(), "a cookie has one form")
		require.LessOrEqual(t, len(consent.CookieName)+1+len(value), consent.CookieLimit)
	})
}

func FuzzParseSubmission(f *testing.F) {
	f.Add([]byte(submission))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"answers":{"a":"not-asked"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := consent.ParseSubmission(body)
		if err != nil {
			require.Zero(t, s)
			return
		}
		b, err := json.Marshal(s)
		require.NoError(t, err)
		if len(b) > consent.MaxSubmission {
			return // written with escapes it may be longer
		}
		again, err := consent.ParseSubmission(b)
		require.NoError(t, err, "what was accepted once is accepted again")
		s.Proof = "" // is not written
		require.Equal(t, s, again)
	})
}
