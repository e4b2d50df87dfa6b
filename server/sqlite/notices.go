package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/notice"
)

// PublishNotice keeps a version of a notice with its source; see the server's
// store interface.
func (s *Store) PublishNotice(ctx context.Context, group string, n notice.Notice, source []byte) error {
	err := s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		created, err := changed(tx.ExecContext(ctx,
			`INSERT INTO notices (group_id, id, version, language, effective, hash, source)
			 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			group, n.ID, n.Version, n.Language, toMillis(n.Effective), n.Hash, source))
		if err != nil || created {
			return err
		}
		var hash string
		err = tx.QueryRowContext(ctx, `SELECT hash FROM notices WHERE group_id = ? AND id = ? AND version = ? AND language = ?`,
			group, n.ID, n.Version, n.Language).Scan(&hash)
		if err == nil && hash != n.Hash {
			return fmt.Errorf("this version was published with other content; a changed notice needs a new version: %w", fault.Conflict)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("notice %s/%s version %s in %s: %w", group, n.ID, n.Version, n.Language, err)
	}
	return nil
}

// NoticeSource returns the source of a published notice.
func (r *Reader) NoticeSource(ctx context.Context, group, id, version, language string) ([]byte, error) {
	var source []byte
	err := r.db.QueryRowContext(ctx, `SELECT source FROM notices WHERE group_id = ? AND id = ? AND version = ? AND language = ?`,
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
	rs, err := r.db.QueryContext(ctx,
		`SELECT version, hash FROM notices AS n WHERE group_id = ?1 AND id = ?2
		 AND seq = (SELECT min(seq) FROM notices WHERE group_id = ?1 AND id = ?2 AND version = n.version)
		 ORDER BY effective DESC, version DESC`, group, id)
	if err != nil {
		return nil, fmt.Errorf("versions of notice %s/%s: %w", group, id, err)
	}
	defer rs.Close()
	var versions []consent.NoticeRef
	for rs.Next() {
		v := consent.NoticeRef{ID: id}
		if err := rs.Scan(&v.Version, &v.Hash); err != nil {
			return nil, fmt.Errorf("versions of notice %s/%s: %w", group, id, err)
		}
		versions = append(versions, v)
	}
	if err := rs.Err(); err != nil {
		return nil, fmt.Errorf("versions of notice %s/%s: %w", group, id, err)
	}
	return versions, nil
}
