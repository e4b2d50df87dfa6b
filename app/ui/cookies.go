package ui

// CookiesView is what the cookies page shows.
type CookiesView struct {
	Purposes []PurposeView `json:"purposes"`
	Months   int           `json:"months"` // how long a choice is remembered
}
