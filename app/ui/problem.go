package ui

// ProblemView is what the problem page shows.
type ProblemView struct{}
