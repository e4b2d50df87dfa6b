package ui

// ProblemKind says what went wrong, as far as it concerns a visitor.
type ProblemKind string

const (
	// Missing: there is no such page.
	Missing ProblemKind = "missing"
	// Refused: what was sent can't be taken as it is.
	Refused ProblemKind = "refused"
	// Broken: something is wrong on our side.
	Broken ProblemKind = "broken"
	// Busy: it can't be done now, but may be in a while.
	Busy ProblemKind = "busy"
)

// ProblemView is what the problem page shows.
type ProblemView struct {
	Kind ProblemKind `json:"kind"`
	// Trace finds the incident in the log; empty for a missing page.
	Trace string `json:"trace,omitempty"`
}
