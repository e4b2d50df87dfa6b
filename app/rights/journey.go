package rights

import (
	"slices"

	"latchkey/app/fault"
)

// Journey is what the form depends on besides the answers. The server and the
// page have the same one.
type Journey struct {
	Entities []string `json:"entities"`        // ids of the organisations to choose from
	Today    Date     `json:"today"`           // in London
	STAIRs   Date     `json:"stairs,omitzero"` // day from which STAIRs requests are taken; zero for never
}

// Kinds lists the kinds of request on offer today.
func (j Journey) Kinds() []Kind {
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return !j.Offers(k) })
}

// Offers reports whether a kind of request is on offer today.
func (j Journey) Offers(k Kind) bool {
	if k == STAIRs {
		return !j.STAIRs.IsZero() && !j.Today.Before(j.STAIRs)
	}
	return slices.Contains(Kinds, k)
}

// Steps lists the pages of the form in order. With one organisation to choose
// from there is no question which.
func (j Journey) Steps() []Step {
	return slices.DeleteFunc(slices.Clone(allSteps), func(s Step) bool {
		return s == StepOrganisation && len(j.Entities) < 2
	})
}

// Open is the form as it is first shown, for a kind of request if the address
// named one that is on offer: then that question is answered already, and can
// be gone back to.
func (j Journey) Open(kind Kind, language string) Form {
	f := Form{Step: StepKind, Request: Request{Language: language}}
	if j.Offers(kind) {
		f.Request.Kind = kind
		f.Step = j.after(StepKind)
	}
	return f
}

func (j Journey) after(s Step) Step {
	steps := j.Steps()
	return steps[min(slices.Index(steps, s)+1, len(steps)-1)]
}

// Previous is the page that Back leads to, and whether there is one.
func (j Journey) Previous(f Form) (Step, bool) {
	steps := j.Steps()
	i := slices.Index(steps, f.Step)
	switch {
	case f.Review && f.Step != StepCheck:
		return StepCheck, true
	case i > 0:
		return steps[i-1], true
	}
	return "", false
}

// Turn is what a press of a button came to.
type Turn struct {
	Form   Form          // the page to show next, with all answers kept
	Errors []fault.Field // what is wrong with the answers of that page
	Send   bool          // everything is in order and the person has said Send: keep Form.Request
	Moved  bool          // a STAIRs request was made one for the person's own information
}

// Turn does what the button of a posted form says. It does not look at the token.
func (j Journey) Turn(f Form) Turn {
	next := f
	next.To = ""
	if !slices.Contains(j.Steps(), f.Step) {
		next.Step = j.after(StepKind) // an organisation was asked for when there were several
		return Turn{Form: next}
	}
	switch {
	case f.To == ToStay:
		return Turn{Form: next}
	case f.To == ToBack:
		return Turn{Form: j.back(next)}
	case f.To == ToAccess:
		next.Request.Kind = Access
		return Turn{Form: next, Moved: f.Request.Kind == STAIRs}
	case f.To == ToSend && f.Step == StepCheck:
		return j.send(next)
	case f.Step == StepCheck && slices.Contains(j.Steps(), Step(f.To)) && Step(f.To) != StepCheck:
		next.Step, next.Review = Step(f.To), true
		return Turn{Form: next}
	}
	return j.forward(next)
}

func (j Journey) back(f Form) Form {
	if s, ok := j.Previous(f); ok {
		f.Step = s
	}
	f.Review = false
	return f
}

// forward leaves a page by Continue. From a page that was opened to change an
// answer it leads back to the check page, unless the change has made another
// question necessary.
func (j Journey) forward(f Form) Turn {
	if f.Step == StepCheck {
		return Turn{Form: f}
	}
	switch {
	case f.Step == StepKind && f.Request.Kind == "":
		f.Request.Kind = Unsure
	case f.Step == StepOrganisation && len(f.Request.Entities) == 0:
		f.Request.Entities = []string{OrganisationNotSure}
	}
	if errs := j.Validate(f.Step, f.Request); len(errs) > 0 {
		return Turn{Form: f, Errors: errs}
	}
	if !f.Review {
		f.Step = j.after(f.Step)
		return Turn{Form: f}
	}
	if step, _ := j.Check(f.Request); step != StepCheck {
		f.Step = step
		return Turn{Form: f}
	}
	f.Step, f.Review = StepCheck, false
	return Turn{Form: f}
}

func (j Journey) send(f Form) Turn {
	if step, errs := j.Check(f.Request); len(errs) > 0 {
		f.Step, f.Review = step, true
		return Turn{Form: f, Errors: errs}
	}
	f.Request = j.Settled(f.Request)
	return Turn{Form: f, Send: true}
}

// Settled is the request as it will be kept, see [Request.Settled]; with one
// organisation to choose from, that is the one asked.
func (j Journey) Settled(r Request) Request {
	if len(j.Entities) == 1 {
		r.Entities = slices.Clone(j.Entities)
	}
	return r.Settled()
}

// Asked lists the organisations that a settled request goes to: those chosen,
// or every one for "all" and "not sure".
func (j Journey) Asked(r Request) []string {
	var asked []string
	for _, id := range j.Entities {
		if slices.Contains(r.Entities, id) {
			asked = append(asked, id)
		}
	}
	if asked == nil {
		return slices.Clone(j.Entities)
	}
	return asked
}

// Check validates a request as a whole. It returns the first page with
// something wrong and what that is, or StepCheck and nothing.
func (j Journey) Check(r Request) (Step, []fault.Field) {
	r = j.Settled(r)
	for _, s := range j.Steps() {
		if errs := j.Validate(s, r); len(errs) > 0 {
			return s, errs
		}
	}
	return StepCheck, nil
}
