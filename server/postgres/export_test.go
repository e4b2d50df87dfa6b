package postgres

import "time"

// LetGoAfter sets after what time of silence the database takes the right to
// deliver messages from this process.
func (s *Store) LetGoAfter(d time.Duration) { s.turn.idle = d }

// Plans are the queries that run for every visitor, for the log, and for a purge, each with its
// parameters and with what PostgreSQL says of how it finds their rows. In a plan, $id is the id of a receipt and
// $time a moment in the month of 2026-11.
var Plans = []struct {
	Name, Query, Parameters string
	Finds                   []string
}{
	{"events that come again", selectEvents, "ARRAY['$id'::uuid]", []string{"Index Cond: (event = ANY", "Index Cond: ((seq = e.seq) AND (\"time\" = e.\"time\"))"}},
	{"a receipt", selectReceipt, "'$id'::uuid", []string{"receipts_2026_11_id_idx", "Index Cond: (id = "}},
	{"the leaf of a receipt", selectIndex, "'$id'::uuid", []string{"receipts_2026_11_id_idx", "log_leaves_seq_key", "Index Cond: (seq = r.seq)"}},
	{"what follows on a receipt", selectFollowing, "'$id'::uuid, 0, 1000", []string{"receipts_2026_11_previous_idx", "Index Cond: (previous = "}},
	{"leaves", selectCommitments, "5, 100", []string{"log_leaves_pkey", "Index Cond: ((index >= "}},
	{"what waits for the log", takePending, "5, 100", []string{"log_pending_pkey", "Index Cond: (seq = ANY", "Index Cond: (index >= "}},
	{"a tile", receiptsLog.selectTile, "1::smallint, 5", []string{"log_tiles_pkey", "Index Cond: ((level = "}},
	{"an erasure", eraseReceipts, "ARRAY['$id'::uuid]", []string{"receipts_2026_11_id_idx", "Index Cond: (id = ANY", "events_pkey", "Index Cond: (event = "}},
	{"the leaves of what is erased", placeErased, "ARRAY[5::bigint]", []string{"log_pending_pkey", "Index Cond: (seq = ANY", "Index Only Scan Backward using log_leaves_pkey"}},
	{"where those are", selectErased, "ARRAY[5::bigint]", []string{"log_leaves_seq_key", "Index Cond: (seq = ANY"}},
	{"what is old", selectExpired, "'reside', '$time'::timestamptz", []string{
		"receipts_2026_11_time_idx", "Index Cond: (\"time\" < ",
		"receipts_2026_11_previous_idx", "Index Cond: (previous = old.id)",
		"receipts_2026_11_id_idx", "Index Cond: (id = kept_1.id)",
	}},
}
