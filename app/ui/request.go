package ui

// RequestView is what the request page shows.
type RequestView struct{}
