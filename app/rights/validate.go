package rights

import (
	"slices"
	"unicode"

	"latchkey/app/fault"
)

// Validate says what is wrong with the answers of one page, in the order of its
// controls; nothing if they will do. Only a name, one way to reply and, but for
// marketing, what it is about are required (LAW T3).
func (j Journey) Validate(step Step, r Request) []fault.Field {
	var v validation
	switch step {
	case StepKind:
		if r.Kind != "" && !j.Offers(r.Kind) {
			v.wrong(FieldKind, "unknown")
		}
	case StepOrganisation:
		j.validateEntities(&v, r.Entities)
	case StepWho:
		if r.Other {
			v.limit(FieldSubject, r.Subject)
			if r.Authority == OtherAuthority {
				v.limit(FieldAuthorityIs, r.AuthorityIs)
			}
		}
	case StepWhat:
		asks := r.Kind.Asks()
		if r.What == "" && !asks.Optional {
			v.wrong(FieldWhat, "missing")
		}
		v.limit(FieldWhat, r.What)
		v.limitIf(asks.Correct, FieldCorrect, r.Correct)
		v.limitIf(asks.Period, FieldPeriod, r.Period)
		v.limitIf(asks.Format, FieldFormat, r.Format)
	case StepReply:
		validateReply(&v, r)
	}
	return v.errors
}

// validation gathers what is wrong.
type validation struct{ errors []fault.Field }

// wrong adds the message request.error.NAME.WHAT.
func (v *validation) wrong(name, what string) {
	v.errors = append(v.errors, fault.Field{Name: name, Key: "request.error." + name + "." + what})
}

// limit adds a message if an answer is longer than its limit.
func (v *validation) limit(name, answer string) {
	if most := Limits[name]; Length(answer) > most {
		v.errors = append(v.errors, fault.Field{
			Name: name, Key: "request.error." + name + ".long", Args: map[string]any{"max": most},
		})
	}
}

func (v *validation) limitIf(asked bool, name, answer string) {
	if asked {
		v.limit(name, answer)
	}
}

// validateEntities takes organisations of the group, or one of the two general
// answers alone.
func (j Journey) validateEntities(v *validation, chosen []string) {
	general := 0
	for _, id := range chosen {
		switch {
		case id == OrganisationNotSure || id == EveryOrganisation:
			general++
		case !slices.Contains(j.Entities, id):
			v.wrong(FieldEntity, "unknown")
			return
		}
	}
	if general > 0 && len(chosen) > 1 {
		v.wrong(FieldEntity, "both")
	}
}

func validateReply(v *validation, r Request) {
	if r.Name == "" {
		v.wrong(FieldName, "missing")
	}
	v.limit(FieldName, r.Name)

	by := r.Settled().Reply
	if by == "" {
		v.wrong(FieldReply, "missing")
	}
	validateDetail(v, FieldEmail, r.Email, by == ByEmail, emailFault)
	validateDetail(v, FieldPhone, r.Phone, by == ByPhone, phoneFault)
	validateDetail(v, FieldAddress, r.Address, by == ByPost, nil)
	v.limit(FieldSafe, r.Safe)
	v.limit(FieldAdjustments, r.Adjustments)
	v.limit(FieldReference, r.Reference)
}

// validateDetail checks a contact detail: one that is needed for the reply has
// to be there, and one that is there has to look like one.
func validateDetail(v *validation, name, answer string, needed bool, fault func(string) string) {
	switch {
	case answer == "" && needed:
		v.wrong(name, "missing")
	case Length(answer) > Limits[name]:
		v.limit(name, answer)
	case answer != "" && fault != nil && fault(answer) != "":
		v.wrong(name, fault(answer))
	}
}

// phoneFault takes any way to write a number, words beside it included: it only
// asks for the seven digits that the shortest number has.
func phoneFault(s string) string {
	digits := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if digits < 7 {
		return "form"
	}
	return ""
}
