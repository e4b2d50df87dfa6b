package rights

// Filter selects requests; the zero value selects all, oldest first.
type Filter struct {
	Site   string // site id, or empty for all
	Entity string // entity id asked for, or empty for all
	Limit  int    // at most so many, the newest; 0 for all
}
