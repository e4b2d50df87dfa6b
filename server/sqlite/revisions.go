package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"latchkey/app/consent"
)

// Revisions returns one edition in each language of a site's latest revisions.
func (r *Reader) Revisions(ctx context.Context, site string, n int) ([]consent.Edition, error) {
	var editions []consent.Edition
	for e, err := range scanned(ctx, r.db, `
WITH
  published (key, revision, language) AS (SELECT key, body ->> 'revision', body ->> 'language' FROM editions WHERE site = ?),
  latest (revision, last) AS (SELECT revision, max(key) AS last FROM published GROUP BY revision ORDER BY last DESC LIMIT ?),
  newest (key, last) AS (SELECT max(key), last FROM published JOIN latest USING (revision) GROUP BY revision, language)
SELECT body FROM newest JOIN editions USING (key) ORDER BY last DESC, body ->> 'language'`, []any{site, n}, scanEdition) {
		if err != nil {
			return nil, fmt.Errorf("revisions of %q: %w", site, err)
		}
		editions = append(editions, e)
	}
	return editions, nil
}

func scanEdition(row scanner) (consent.Edition, error) {
	var e consent.Edition
	var body []byte
	if err := row.Scan(&body); err != nil {
		return e, err
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("stored edition: %w", err)
	}
	return e, nil
}
