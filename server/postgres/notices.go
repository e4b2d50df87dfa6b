package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/notice"
)

// PublishNotice keeps a version of a notice with its source; see the server's
// store interface.
func (s *Store) PublishNotice(ctx context.Context, group string, n notice.Notice, source []byte) error {
	_, err := s.writing.Exec(ctx, `INSERT INTO notices (group_id, id, version, language, effective, hash, source)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		group, n.ID, n.Version, n.Language, toMillis(n.Effective), n.Hash, source)
	var hash string
	if err == nil {
		err = s.writing.QueryRow(ctx, `SELECT hash FROM notices WHERE group_id = $1 AND id = $2 AND version = $3 AND language = $4`,
			group, n.ID, n.Version, n.Language).Scan(&hash)
	}
	if err == nil && hash != n.Hash {
		err = fmt.Errorf("this version was published with other content; a changed notice needs a new version: %w", fault.Conflict)
	}
	if err != nil {
		return fmt.Errorf("notice %s/%s version %s in %s: %w", group, n.ID, n.Version, n.Language, kind(err))
	}
	return nil
}

// NoticeSource returns the source of a published notice.
func (r *Reader) NoticeSource(ctx context.Context, group, id, version, language string) ([]byte, error) {
	var source []byte
	err := r.pool.QueryRow(ctx, `SELECT source FROM notices WHERE group_id = $1 AND id = $2 AND version = $3 AND language = $4`,
		group, id, version, language).Scan(&source)
	if err != nil {
		return nil, fmt.Errorf("notice %s/%s version %q in %q: %w", group, id, version, language, found(err))
	}
	return source, nil
}

// NoticeVersions lists the published versions of a notice, newest first by
// effective date. A version in several languages stands once, with the hash of
// the one that was published first.
func (r *Reader) NoticeVersions(ctx context.Context, group, id string) ([]consent.NoticeRef, error) {
	rs, err := r.pool.Query(ctx, `SELECT version, hash FROM (
			SELECT DISTINCT ON (version) version, hash, effective FROM notices WHERE group_id = $1 AND id = $2 ORDER BY version, seq
		) AS first ORDER BY effective DESC, version DESC`, group, id)
	var versions []consent.NoticeRef
	if err == nil {
		versions, err = pgx.CollectRows(rs, func(row pgx.CollectableRow) (consent.NoticeRef, error) {
			v := consent.NoticeRef{ID: id}
			err := row.Scan(&v.Version, &v.Hash)
			return v, err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("versions of notice %s/%s: %w", group, id, kind(err))
	}
	return versions, nil
}
