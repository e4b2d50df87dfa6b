package postgres_test

import (
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

func TestWhatFollowsOnAReceiptIsFoundByTheIndexesOfItsMonths(t *testing.T) {
	url := pgtest.Database(t)
	id := storetest.Many(t, open(t, url), 2000)
	db := raw(t, url)
	_, err := db.Exec(t.Context(), `ANALYZE receipts`)
	require.NoError(t, err)
	rs, err := db.Query(t.Context(), "EXPLAIN "+postgres.SelectFollowing, pgx.QueryExecModeSimpleProtocol, id, int64(math.MinInt64), 1000)
	require.NoError(t, err)
	plan, err := pgx.CollectRows(rs, pgx.RowTo[string])
	require.NoError(t, err)
	said := strings.Join(plan, "\n")
	assert.Contains(t, said, "receipts_2026_11_previous_idx")
	assert.Contains(t, said, "Index Cond: (previous = '"+id)
	assert.NotContains(t, said, "Seq Scan on receipts_2026_11", "those of the months to come are empty")
}
