package ui

// PreferencesView is what the preferences page shows.
type PreferencesView struct {
	// Edition is the id of the consent.Edition of this page, layer 2.
	Edition  string        `json:"edition"`
	Purposes []PurposeView `json:"purposes"`
	Months   int           `json:"months"` // how long a choice is remembered
}
