package rights

import (
	"slices"
	"time"
)

// Facts are what the clock of one request counts from. At submission only the
// first three are known.
type Facts struct {
	Kind     Kind
	Rule     Start // of the entity that answers
	Received time.Time
	Identity Needed // proof of identity, which sets the start unless the rule is FromSubmission
	Detail   Needed // enough detail to search with, which sets the start under FromIdentityAndDetail
	// Asked are the clarifications asked for. Only those of an access request
	// stop the clock (UK GDPR Art 12A; DPA 2018 s54 has the same rule).
	Asked []Clarification
	// Extended is the day on which the person was told, with reasons, that two
	// more months are necessary; zero if they were not (Art 12(3)).
	Extended Date
}

// Needed is something that was reasonably asked for, and when it came. The zero
// value: it was not asked for, or without need, and so changes nothing.
type Needed struct {
	Needed bool
	Came   Date // zero while it is missing
}

// Clarification is a question to the person without which the search can't be
// made, and the day of the answer, zero while there is none.
type Clarification struct {
	Asked    Date
	Answered Date
}

// Clock says when a request has to be answered and how that was worked out.
// Dates that do not apply are zero.
type Clock struct {
	Received    Date `json:"received"`           // in London, weekend or not
	Started     Date `json:"started,omitzero"`   // day that the time counts from; zero while something needed is missing
	Nominal     Date `json:"nominal"`            // last day before rolling to a working day
	Due         Date `json:"due"`                // last day to answer; of a complaint, to acknowledge
	AckDue      Date `json:"ackDue,omitzero"`    // complaints: last day to acknowledge
	FromReceipt Date `json:"fromReceipt"`        // Due if proof or detail was not needed after all
	Cautious    Date `json:"cautious"`           // Due by the strictest reading of how days are counted
	Target      Date `json:"target"`             // internal, and always in time by any reading
	TellBy      Date `json:"tellBy,omitzero"`    // last day to tell the person of an extension
	Paused      int  `json:"paused,omitempty"`   // days that did not count
	Extended    bool `json:"extended,omitempty"` // two more months were taken, in time
	// Provisional is the key of the message that says why Due may still move, or
	// empty. Its placeholder {entity} is the organisation's name.
	Provisional string   `json:"provisional,omitempty"`
	Why         []Reason `json:"why"` // the sum, step by step
}

// Reason is one step of the sum. Its text is the message request.clock.CODE
// with the placeholders {date}, {n} and {name}.
type Reason struct {
	Code string `json:"code"`
	Date Date   `json:"date"`           // what the step came to
	Days int    `json:"days,omitempty"` // how many days it is about
	Name string `json:"name,omitempty"` // of the bank holiday passed over
}

// Codes of reasons, in the order in which they can stand.
const (
	WhyReceived     = "received"      // received on {date}
	WhyIdentity     = "identity"      // starts on {date}, when proof of identity came
	WhyDetail       = "detail"        // starts on {date}, when there was enough detail
	WhyMonth        = "month"         // one month later is {date}
	WhyThreeMonths  = "three-months"  // extended: three months after the start is {date}
	WhyShortMonth   = "short-month"   // that month has no such day, so its last counts, {date}
	WhyExtendedLate = "extended-late" // an extension had to be announced by {date}, so it does not count
	WhyPaused       = "paused"        // {n} days did not count, so {date}
	WhyThirtyDays   = "thirty-days"   // 30 days later is {date}
	WhyWeekend      = "weekend"       // that is a weekend, so {date}
	WhyHoliday      = "holiday"       // {name} is in the way, so {date}
)

// Why a due date may still move: message keys for Clock.Provisional.
const (
	MayNeedIdentity = "request.clock.may.identity" // under FromWrittenAndIdentity, nothing asked for yet
	MayNeedDetail   = "request.clock.may.detail"   // under FromIdentityAndDetail, nothing asked for yet
	MayWait         = "request.clock.may.waiting"  // something needed is still missing
	MayPause        = "request.clock.may.paused"   // a clarification is not yet answered
)

// Strictest is the rule that starts the clock first. A request to several
// organisations has one date, which has to satisfy each of them.
func Strictest(rules ...Start) Start {
	for _, s := range []Start{FromSubmission, FromWrittenAndIdentity, FromIdentityAndDetail} {
		if slices.Contains(rules, s) {
			return s
		}
	}
	return FromSubmission
}

// Clock works out when a request has to be answered.
//
// Rights requests have one month: to the corresponding day of the next month,
// or its last day, and if that is no working day, to the next one (ICO, "Time
// limits for responding to data protection rights requests"). The roll is made
// once, at the end. Complaints have to be acknowledged within 30 days, which
// begin on the day after receipt (DPA 2018 s164A(3) as the ICO counts it);
// their outcome has no date, only "without undue delay". Information requests
// under STAIRs have 30 calendar days and nothing more, because whether these
// can be extended or roll over a weekend is not settled.
func (c Calendar) Clock(f Facts) Clock {
	switch f.Kind {
	case Complaint:
		return c.complaint(f)
	case STAIRs:
		return c.information(f)
	}
	k := Clock{Received: DateOf(f.Received)}
	k.say(WhyReceived, k.Received)
	start, waiting := k.start(f)
	if !waiting {
		k.Started = start
	}

	month := start.AddMonths(1)
	k.Nominal = month
	pause, pauses := f.paused(start, month)
	k.TellBy = month.AddDays(pause)
	k.Target = start.AddDays(28 + pause)
	k.Extended = !f.Extended.IsZero() && !f.Extended.After(k.TellBy)
	why := WhyMonth
	if k.Extended {
		k.Nominal, why = start.AddMonths(3), WhyThreeMonths
		pause, pauses = f.paused(start, k.Nominal)
	}
	k.say(why, k.Nominal)
	if k.Nominal.Day != start.Day {
		k.say(WhyShortMonth, k.Nominal)
	}
	if !f.Extended.IsZero() && !k.Extended {
		k.say(WhyExtendedLate, k.TellBy)
	}
	if k.Paused = pause; pause > 0 {
		k.Nominal = k.Nominal.AddDays(pause)
		k.Why = append(k.Why, Reason{Code: WhyPaused, Date: k.Nominal, Days: pause})
	}

	k.Due = c.Roll(k.Nominal)
	c.sayRolled(&k)
	// Counting the days between asking and answering, as was once usual, gives
	// a day less for each pause.
	k.Cautious = c.Roll(k.Nominal.AddDays(-pauses))
	k.FromReceipt = k.Due
	if start != k.Received {
		unasked := f
		unasked.Identity, unasked.Detail = Needed{}, Needed{}
		k.FromReceipt = c.Clock(unasked).Due
	}
	k.Provisional = f.provisional(waiting)
	return k
}

func (k *Clock) say(code string, d Date) { k.Why = append(k.Why, Reason{Code: code, Date: d}) }

// start is the day that the month counts from, and whether something that sets
// it is still missing; then it is the earliest that it can be.
func (k *Clock) start(f Facts) (day Date, waiting bool) {
	day = k.Received
	for _, n := range []struct {
		Needed
		applies bool
		why     string
	}{
		// An organisation that counts from submission is held to it, whatever it
		// asks for later.
		{f.Identity, f.Rule != FromSubmission, WhyIdentity},
		{f.Detail, f.Rule == FromIdentityAndDetail, WhyDetail},
	} {
		if !n.applies || !n.Needed.Needed {
			continue
		}
		if n.Came.IsZero() {
			waiting = true
			continue
		}
		if n.Came.After(day) {
			day = n.Came
			k.say(n.why, day)
		}
	}
	return day, waiting
}

// paused counts the days, from start, on which the clock stood still for
// answered clarifications: the day of asking, the day of the answer and those
// between. A question asked after the time was up stops nothing; end is the last
// day without pauses. It also counts the pauses.
func (f Facts) paused(start, end Date) (days, pauses int) {
	if f.Kind != Access {
		return 0, 0
	}
	asked := slices.SortedFunc(slices.Values(f.Asked), func(a, b Clarification) int { return a.Asked.Compare(b.Asked) })
	next := start // first day that is not yet counted
	for _, q := range asked {
		from := q.Asked
		if from.Before(next) {
			from = next
		}
		if q.Answered.IsZero() || q.Answered.Before(from) || from.After(end.AddDays(days)) {
			continue
		}
		days += from.daysUntil(q.Answered) + 1
		pauses++
		next = q.Answered.AddDays(1)
	}
	return days, pauses
}

// provisional is why the date may still move, as a message key, or empty.
func (f Facts) provisional(waiting bool) string {
	unanswered := func(q Clarification) bool { return q.Answered.IsZero() }
	switch {
	case waiting:
		return MayWait
	case f.Kind == Access && slices.ContainsFunc(f.Asked, unanswered):
		return MayPause
	case f.Kind == Marketing, f.Rule == FromSubmission, f.Identity.Needed:
		return "" // a marketing objection is absolute: nothing can be asked for first
	case f.Rule == FromIdentityAndDetail:
		return MayNeedDetail
	case f.Rule == FromWrittenAndIdentity:
		return MayNeedIdentity
	}
	return ""
}

// sayRolled explains the step from Nominal to Due.
func (c Calendar) sayRolled(k *Clock) {
	if k.Due == k.Nominal {
		return
	}
	why := Reason{Code: WhyWeekend, Date: k.Due}
	for d := k.Nominal; d.Before(k.Due); d = d.AddDays(1) {
		if name, ok := c.Holiday(d); ok {
			why.Code, why.Name = WhyHoliday, name
			break
		}
	}
	k.Why = append(k.Why, why)
}

// complaint counts the 30 days for acknowledging. The strict reading of
// "beginning when the complaint is received" ends a day earlier, on any day of
// the week.
func (c Calendar) complaint(f Facts) Clock {
	received := DateOf(f.Received)
	k := Clock{Received: received, Started: received, Nominal: received.AddDays(30), Cautious: received.AddDays(29)}
	k.Due = c.Roll(k.Nominal)
	k.AckDue, k.FromReceipt, k.Target = k.Due, k.Due, c.Roll(received)
	k.say(WhyReceived, received)
	k.say(WhyThirtyDays, k.Nominal)
	c.sayRolled(&k)
	return k
}

// information counts the 30 calendar days of a STAIRs request. The target is
// the working day before, since the last day may be none.
func (c Calendar) information(f Facts) Clock {
	received := DateOf(f.Received)
	k := Clock{Received: received, Started: received, Nominal: received.AddDays(30)}
	k.Due, k.FromReceipt, k.Cautious = k.Nominal, k.Nominal, received.AddDays(29)
	k.Target = c.RollBack(k.Due)
	k.say(WhyReceived, received)
	k.say(WhyThirtyDays, k.Nominal)
	return k
}
