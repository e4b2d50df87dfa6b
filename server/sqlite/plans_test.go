package sqlite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// TestQueriesFindTheirRowsByAnIndex holds the time of each to what it returns, and not to what is
// stored. The few rows of log_head, and editions of a site, may be looked through.
func TestQueriesFindTheirRowsByAnIndex(t *testing.T) {
	s, path := open(t)
	storetest.Many(t, s, 500)
	for _, analyzed := range []bool{false, true} { // the figures that SQLite may have of the tables change nothing
		if analyzed {
			_, err := raw(t, path).Exec(`ANALYZE`)
			require.NoError(t, err)
		}
		for _, c := range sqlite.Plans {
			t.Run(c.Name, func(t *testing.T) {
				rs, err := raw(t, path).Query("EXPLAIN QUERY PLAN "+c.Query, make([]any, parameters(c.Query))...)
				require.NoError(t, err)
				defer rs.Close()
				var plan []string
				for rs.Next() {
					var node, parent, unused int
					var detail string
					require.NoError(t, rs.Scan(&node, &parent, &unused, &detail))
					plan = append(plan, detail)
				}
				require.NoError(t, rs.Err())
				assert.Contains(t, plan, c.Finds)
				for _, table := range []string{"entries", "log_tiles", "old", "later", "e"} {
					assert.NotContains(t, plan, "SCAN "+table)
					assert.NotContains(t, strings.Join(plan, "\n")+"\n", "SCAN "+table+" USING")
				}
			})
		}
	}
}

// parameters is how many a query has.
func parameters(query string) int {
	if n := strings.Count(query, " ?"); !strings.Contains(query, "?1") {
		return n
	}
	return 2 // ?1 and ?2
}
