package sqlite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

func TestWhatFollowsOnAReceiptIsFoundByItsIndex(t *testing.T) {
	s, path := open(t)
	id := storetest.Many(t, s, 500)
	rs, err := raw(t, path).Query("EXPLAIN QUERY PLAN "+sqlite.SelectFollowing, id)
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
	said := strings.Join(plan, "\n")
	assert.Contains(t, said, "SEARCH entries USING INDEX entries_by_previous (<expr>=?)")
	assert.NotContains(t, said, "SCAN")
}
