package sqlite

// SelectFollowing is the query of [Reader.Following].
const SelectFollowing = selectFollowing
