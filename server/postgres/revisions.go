package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"latchkey/app/consent"
)

// Revisions returns one edition in each language of a site's latest revisions.
func (r *Reader) Revisions(ctx context.Context, site string, n int) ([]consent.Edition, error) {
	rs, err := r.pool.Query(ctx, `
WITH
  published (key, revision, language) AS (SELECT key, body ->> 'revision', body ->> 'language' FROM editions WHERE site = $1),
  latest (revision, last) AS (SELECT revision, max(key) AS last FROM published GROUP BY revision ORDER BY last DESC LIMIT $2),
  newest (key, last) AS (SELECT max(key), last FROM published JOIN latest USING (revision) GROUP BY revision, language, last)
SELECT body FROM newest JOIN editions USING (key) ORDER BY last DESC, body ->> 'language'`, site, n)
	if err == nil {
		var editions []consent.Edition
		// The driver reads a column of JSON into a struct.
		if editions, err = pgx.CollectRows(rs, pgx.RowTo[consent.Edition]); err == nil {
			return editions, nil
		}
	}
	return nil, fmt.Errorf("revisions of %q: %w", site, kind(err))
}
