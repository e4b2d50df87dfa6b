package sqlite

// Plans are the queries that run for every visitor, for the log, and for a purge, each with what
// SQLite says of how it finds their rows.
var Plans = []struct{ Name, Query, Finds string }{
	{"an event that comes again", selectByEvent, "SEARCH entries USING INDEX sqlite_autoindex_entries_2 (event=?)"},
	{"a receipt", selectReceipt, "SEARCH entries USING INDEX sqlite_autoindex_entries_1 (id=?)"},
	{"the leaf of a receipt", selectSeq, "SEARCH entries USING COVERING INDEX sqlite_autoindex_entries_1 (id=?)"},
	{"what follows on a receipt", selectFollowing, "SEARCH entries USING INDEX entries_by_previous (<expr>=?)"},
	{"leaves", receiptsLog.selectCommitments, "SEARCH entries USING INTEGER PRIMARY KEY (rowid>?)"},
	{"a tile", receiptsLog.selectTile, "SEARCH log_tiles USING PRIMARY KEY (level=? AND n=?)"},
	{"an edition", selectEdition, "SEARCH editions USING INDEX sqlite_autoindex_editions_1 (id=?)"},
	{"an edition by its key", selectEditionAt, "SEARCH editions USING INTEGER PRIMARY KEY (rowid=?)"},
	{"an erasure", eraseReceipt, "SEARCH entries USING INDEX sqlite_autoindex_entries_1 (id=?)"},
	{"what is old", selectExpired, "SEARCH old USING INDEX entries_by_time (edition=? AND time<?)"},
	{"what follows on what is old", selectExpired, "SEARCH later EXISTS USING INDEX entries_by_previous (<expr>=?)"},
	{"what is kept by what follows", selectExpired, "SEARCH e USING INDEX sqlite_autoindex_entries_1 (id=?)"},
}
