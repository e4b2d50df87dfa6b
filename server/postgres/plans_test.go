package postgres_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// TestQueriesFindTheirRowsByAnIndex holds the time of each to what it returns,
// and not to what is stored. The one row of log_head, and the few of editions,
// may be looked through.
func TestQueriesFindTheirRowsByAnIndex(t *testing.T) {
	url := pgtest.Database(t)
	s := open(t, url)
	id := storetest.Many(t, s, 2000)
	integrate(t, s)
	add(t, s, storetest.Receipt("reside", 5000)) // waits for the log
	// Enough of them, from which a few are old.
	exec(t, url, `INSERT INTO receipts SELECT 1000000 + n, '2026-11-23T12:00:00Z'::timestamptz + n * interval '4 seconds', gen_random_uuid(), gen_random_uuid(),
		gen_random_uuid(), 1, 3, false, 'save', salt, commitment, answers FROM generate_series(1, 120000) AS n, (SELECT * FROM receipts LIMIT 1) AS r`)
	exec(t, url, `VACUUM (ANALYZE)`)
	for _, c := range postgres.Plans {
		t.Run(c.Name, func(t *testing.T) {
			db := raw(t, url)
			_, err := db.Exec(t.Context(), `SET enable_seqscan = off`) // also where a table is small
			require.NoError(t, err)
			parameters := strings.NewReplacer("$id", id, "$time", storetest.Start.Add(20*time.Minute).Format(time.RFC3339)).Replace(c.Parameters)
			query := c.Query
			for i, p := range split(parameters) {
				query = regexp.MustCompile(fmt.Sprintf(`\$%d\b`, i+1)).ReplaceAllLiteralString(query, p)
			}
			rs, err := db.Query(t.Context(), "EXPLAIN "+query, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err, query)
			plan, err := pgx.CollectRows(rs, pgx.RowTo[string])
			require.NoError(t, err)
			said := strings.Join(plan, "\n")
			for _, want := range c.Finds {
				assert.Contains(t, said, want)
			}
			for _, line := range plan {
				if _, table, ok := strings.Cut(line, "Seq Scan on "); ok {
					assert.Regexp(t, "^(editions|log_head) ", table, said)
				}
			}
		})
	}
}

// split takes parameters apart.
func split(parameters string) []string { return strings.Split(parameters, ", ") }
