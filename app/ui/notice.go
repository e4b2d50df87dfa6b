package ui

// NoticeView is what the notice page shows.
type NoticeView struct{}
