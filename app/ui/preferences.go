package ui

// PreferencesView is what the preferences page shows.
type PreferencesView struct{}
