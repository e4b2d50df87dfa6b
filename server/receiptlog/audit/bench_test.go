package audit_test

import (
	"encoding/json"
	"flag"
	"runtime"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"latchkey/server/receiptlog/audit"
)

var benchLeaves = flag.Int("leaves", 50_000, "how many receipts the benchmark's store holds")

// BenchmarkWhole is `latchkey verify log DIR`. The target is a million leaves in
// less than 20 seconds, on two processors:
//
//	go test -run '^$' -bench Whole -benchtime 1x ./server/receiptlog/audit -leaves 1000000
func BenchmarkWhole(b *testing.B) {
	d := deploy(b, b.TempDir(), b.TempDir())
	d.fill(b, *benchLeaves)
	path := d.close(b)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		report := whole(b, path, audit.Options{Keys: d.log.Keys()})
		require.Empty(b, report.Problems)
		require.EqualValues(b, *benchLeaves, report.Receipts)
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(*benchLeaves)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
	b.ReportMetric(float64(after.Sys)/1e6, "MB")
}

// fill stores n receipts in one transaction, and makes leaves of them.
func (d *deployment) fill(b *testing.B, n int) {
	db := raw(b, d.path)
	defer db.Close()
	tx, err := db.Begin()
	require.NoError(b, err)
	insert, err := tx.Prepare(`INSERT INTO entries (commitment, salt, id, event, time, edition, choice) VALUES (?, ?, ?, ?, ?, ?, ?)`)
	require.NoError(b, err)
	for i := range n {
		s := d.receipt(b)
		id, event := uuid.MustParse(s.ID), uuid.MustParse(s.Event.ID)
		sub := s.Submission()
		choice, err := json.Marshal(struct {
			Answers  any    `json:"answers"`
			Method   any    `json:"method"`
			GPC      bool   `json:"gpc,omitempty"`
			Previous string `json:"previous,omitempty"`
			Age      int64  `json:"age,omitempty"`
		}{sub.Answers, sub.Method, sub.GPC, sub.Previous, sub.Age})
		require.NoError(b, err)
		_, err = insert.Exec(s.Commitment, s.Salt, id[:], event[:], s.Time.UnixMilli(), i%2+1, string(choice))
		require.NoError(b, err)
	}
	require.NoError(b, tx.Commit())
	require.NoError(b, d.log.Integrate(b.Context()))
}
