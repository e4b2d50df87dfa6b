package ui

// CookiesView is what the cookies page shows.
type CookiesView struct{}
