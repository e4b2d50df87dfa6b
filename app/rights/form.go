package rights

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/app/fault"
)

// Step is one page of the request form.
type Step string

// The steps in order.
const (
	StepKind         Step = "kind"
	StepOrganisation Step = "organisation"
	StepWho          Step = "who"
	StepWhat         Step = "what"
	StepReply        Step = "reply"
	StepCheck        Step = "check"
)

var allSteps = []Step{StepKind, StepOrganisation, StepWho, StepWhat, StepReply, StepCheck}

// Names of the form's controls. A field of [fault.Field] is one of these.
const (
	FieldKind        = "kind"
	FieldEntity      = "entity" // checkboxes: as often as organisations are chosen
	FieldFor         = "for"    // ForSelf or ForOther
	FieldSubject     = "subject"
	FieldAuthority   = "authority"
	FieldAuthorityIs = "authority-is"
	FieldWhat        = "what"
	FieldCorrect     = "correct"
	FieldPeriod      = "period"
	FieldFormat      = "format"
	FieldName        = "name"
	FieldReply       = "reply-by"
	FieldEmail       = "email"
	FieldPhone       = "phone"
	FieldAddress     = "address"
	FieldSafe        = "safe"
	FieldAdjustments = "adjustments"
	FieldReference   = "reference"
	FieldLanguage    = "language" // of the journey, not asked

	ControlStep   = "step"   // the page that was filled in
	ControlReview = "review" // "yes" if it was opened from the check page
	ControlTo     = "to"     // the button pressed, see the To constants
	ControlToken  = "token"  // the server's form token
)

// Values of the control [FieldFor].
const (
	ForSelf  = "self"
	ForOther = "other"
)

// Values of the control [ControlTo]: what the button pressed does. The name of
// a step is a Change button of the check page.
const (
	ToContinue = "continue"
	ToBack     = "back"
	ToSend     = "send"
	ToAccess   = "access" // make a STAIRs request one for the person's own information
	ToStay     = "stay"   // the same page again, in another language
)

// MaxForm is the largest form that is read, in bytes of the request's body. It
// lets somebody paste far more than the limits allow, and be told so with
// nothing lost.
const MaxForm = 256 << 10

// Limits are the longest answers, in characters (Unicode code points), by
// control.
var Limits = map[string]int{
	FieldSubject: 200, FieldAuthorityIs: 500,
	FieldWhat: 10_000, FieldCorrect: 5_000, FieldPeriod: 1_000, FieldFormat: 500,
	FieldName: 200, FieldEmail: 254, FieldPhone: 60, FieldAddress: 500,
	FieldSafe: 1_000, FieldAdjustments: 1_000, FieldReference: 60,
}

// Form is the request form as posted: all answers so far, the page that was
// filled in, and the button pressed.
type Form struct {
	Request Request `json:"request"`
	Step    Step    `json:"step"`
	Review  bool    `json:"review,omitempty"` // the page was opened from the check page, and leads back there
	To      string  `json:"to,omitempty"`     // see the To constants
	Token   string  `json:"token,omitempty"`  // not checked here
}

// Parse reads a posted form. It is tolerant of how people write (spaces around
// an answer, line ends, characters that can't be seen) and of controls that it
// does not know, because a page may be older than the program. It refuses what
// no form of ours sends: an unknown step, kind or other choice, a single answer
// given twice, more than [MaxForm] bytes. The error wraps [fault.Invalid] or
// [fault.TooLarge]. Whether the answers will do is for [Journey.Validate] to say.
func Parse(values url.Values) (Form, error) {
	if err := wellFormed(values); err != nil {
		return Form{}, err
	}
	clean := url.Values{}
	for name, answers := range values {
		for _, a := range answers {
			if a = tidy(name, a); a != "" {
				clean[name] = append(clean[name], a)
			}
		}
	}
	form := Form{
		Request: Answers(clean),
		Step:    Step(clean.Get(ControlStep)),
		Review:  clean.Get(ControlReview) == "yes",
		To:      clean.Get(ControlTo),
		Token:   clean.Get(ControlToken),
	}
	if form.Step == "" {
		form.Step = StepKind
	}
	if form.To == "" {
		form.To = ToContinue
	}
	if !slices.Contains(allSteps, form.Step) {
		return Form{}, unknown(ControlStep)
	}
	if !slices.Contains(tos, form.To) && !slices.Contains(allSteps, Step(form.To)) {
		return Form{}, unknown(ControlTo)
	}
	return form, form.Request.known()
}

var tos = []string{ToContinue, ToBack, ToSend, ToAccess, ToStay}

func unknown(name string) error {
	return fmt.Errorf("form: %s: not one of the choices: %w", name, fault.Invalid)
}

// wellFormed checks a form's size, and that only checkboxes come more than once.
func wellFormed(values url.Values) error {
	size := 0
	for name, answers := range values {
		if len(answers) > 1 && name != FieldEntity && (Limits[name] > 0 || slices.Contains(singles, name)) {
			return fmt.Errorf("form: %s: given twice: %w", name, fault.Invalid)
		}
		for _, a := range answers {
			size += len(name) + len(a)
		}
	}
	if size > MaxForm {
		return fmt.Errorf("form: larger than %d bytes: %w", MaxForm, fault.TooLarge)
	}
	return nil
}

// singles are the controls that are neither text (these have a limit) nor checkboxes.
var singles = []string{FieldKind, FieldFor, FieldAuthority, FieldReply, FieldLanguage, ControlStep, ControlReview, ControlTo, ControlToken}

// Answers reads the answers of a form exactly as they stand in its controls,
// unknown choices and surrounding spaces included: what somebody is still typing.
func Answers(values url.Values) Request {
	return Request{
		Kind:        Kind(values.Get(FieldKind)),
		Entities:    slices.Clone(values[FieldEntity]),
		Other:       values.Get(FieldFor) == ForOther,
		Subject:     values.Get(FieldSubject),
		Authority:   Authority(values.Get(FieldAuthority)),
		AuthorityIs: values.Get(FieldAuthorityIs),
		What:        values.Get(FieldWhat),
		Correct:     values.Get(FieldCorrect),
		Period:      values.Get(FieldPeriod),
		Format:      values.Get(FieldFormat),
		Name:        values.Get(FieldName),
		Reply:       ReplyBy(values.Get(FieldReply)),
		Email:       values.Get(FieldEmail),
		Phone:       values.Get(FieldPhone),
		Address:     values.Get(FieldAddress),
		Safe:        values.Get(FieldSafe),
		Adjustments: values.Get(FieldAdjustments),
		Reference:   values.Get(FieldReference),
		Language:    values.Get(FieldLanguage),
	}
}

// Values writes the answers as the form's controls would: only those given. A
// request that came from [Parse] comes out of Parse again unchanged.
func (r Request) Values() url.Values {
	values := url.Values{}
	for name, answer := range map[string]string{
		FieldKind: string(r.Kind), FieldSubject: r.Subject, FieldAuthority: string(r.Authority),
		FieldAuthorityIs: r.AuthorityIs, FieldWhat: r.What, FieldCorrect: r.Correct, FieldPeriod: r.Period,
		FieldFormat: r.Format, FieldName: r.Name, FieldReply: string(r.Reply), FieldEmail: r.Email,
		FieldPhone: r.Phone, FieldAddress: r.Address, FieldSafe: r.Safe, FieldAdjustments: r.Adjustments,
		FieldReference: r.Reference, FieldLanguage: r.Language,
	} {
		if answer != "" {
			values.Set(name, answer)
		}
	}
	if len(r.Entities) > 0 {
		values[FieldEntity] = slices.Clone(r.Entities)
	}
	if r.Other {
		values.Set(FieldFor, ForOther)
	}
	return values
}

// Values writes the whole form, as a browser would post it.
func (f Form) Values() url.Values {
	values := f.Request.Values()
	for name, value := range map[string]string{ControlStep: string(f.Step), ControlTo: f.To, ControlToken: f.Token} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.Review {
		values.Set(ControlReview, "yes")
	}
	return values
}

// paragraphs are the controls in which line breaks are kept.
var paragraphs = []string{FieldAuthorityIs, FieldWhat, FieldCorrect, FieldPeriod, FieldFormat, FieldAddress, FieldSafe, FieldAdjustments}

// tidy takes out of an answer what nobody means to say: bytes that are no text,
// control characters, and spaces around it. Line ends become line feeds, which
// is how browsers count them; in a single line they become spaces.
func tidy(name, s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	lines := slices.Contains(paragraphs, name)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n', r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	if name == FieldEmail {
		// Spaces come with autofill and dictation, and no address has any.
		s = strings.Join(strings.Fields(s), "")
	}
	return strings.TrimSpace(s)
}

// Length counts the characters of an answer as its limit does.
func Length(answer string) int { return utf8.RuneCountInString(answer) }
