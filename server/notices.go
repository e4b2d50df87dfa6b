package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/app/fault"
	"latchkey/app/i18n"
	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
	"latchkey/server/config"
)

// publishNotices keeps the notices of a group, and returns them with those that
// were published before and whose file is gone: a published version stays
// reachable (LAW D15), whoever tidies the folder.
func (s *Server) publishNotices(ctx context.Context, groupID string, files []config.Notice) ([]notice.Notice, error) {
	var all []notice.Notice
	for _, n := range files {
		err := s.store.PublishNotice(ctx, groupID, n.Notice, n.Source)
		if errors.Is(err, fault.Conflict) {
			return nil, fmt.Errorf("%s: version %s of this notice was published with another text; give the new text a new version, and put the old file back: %w", n.File, n.Version, err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n.Notice)
	}
	var ids []string
	for _, n := range all {
		if !slices.Contains(ids, n.ID) {
			ids = append(ids, n.ID)
		}
	}
	for _, id := range ids {
		published, err := s.store.NoticeVersions(ctx, groupID, id)
		if err != nil {
			return nil, err
		}
		for _, ref := range published {
			for _, lang := range i18n.Languages {
				if slices.ContainsFunc(all, func(n notice.Notice) bool {
					return n.ID == id && n.Version == ref.Version && n.Language == lang
				}) {
					continue
				}
				n, ok, err := s.earlierNotice(ctx, groupID, id, ref.Version, lang)
				if err != nil {
					return nil, err
				}
				if ok {
					all = append(all, n)
				}
			}
		}
	}
	return all, nil
}

// earlierNotice reads a published notice from its source as it was kept. One
// that this version of the program can't read any more is left out, and told.
func (s *Server) earlierNotice(ctx context.Context, groupID, id, version, lang string) (notice.Notice, bool, error) {
	source, err := s.store.NoticeSource(ctx, groupID, id, version, lang)
	if errors.Is(err, fault.NotFound) {
		return notice.Notice{}, false, nil
	}
	if err != nil {
		return notice.Notice{}, false, err
	}
	n, problems := markdown.Parse(source)
	if len(problems) > 0 {
		s.log.Error("a published notice can't be read", "group", groupID, "notice", id, "version", version, "language", lang, "problem", problems[0].Text)
		return notice.Notice{}, false, nil
	}
	return n, true, nil
}
