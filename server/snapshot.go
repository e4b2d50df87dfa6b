package server

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/notice"
	"latchkey/app/ui"
	"latchkey/server/config"
)

// snapshot is everything that follows from one configuration, prepared once so
// that requests only look things up. It is never changed.
type snapshot struct {
	sites   map[string]*site
	styles  map[string]*file // the centre's style sheets by path, one a site
	origins map[string]bool  // every origin of every site
	plain   *site            // the dress of pages outside every site
}

// site is a site with what was prepared for it.
type site struct {
	*group.Site
	group    *group.Group
	notices  []notice.Notice // of the group, every version
	purposes []consent.Purpose
	loader   *file
	style    string                     // path of its style sheet
	editions map[string]consent.Edition // of layer 2, by language
	// gpcEditions are those of layer 2 in browsers that send Global Privacy Control.
	gpcEditions map[string]consent.Edition
	hints       map[string]hintWords // other words of the banner, by language
}

func (s *snapshot) site(id string) (*site, error) {
	if found, ok := s.sites[id]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("no such site: %w", fault.NotFound)
}

func (s *snapshot) knows(origin string) bool { return s.origins[origin] }

// prepare builds a snapshot and publishes what must be kept of it.
func (s *Server) prepare(ctx context.Context, c *config.Config) (*snapshot, error) {
	next := &snapshot{sites: map[string]*site{}, styles: map[string]*file{}, origins: map[string]bool{}}
	for _, g := range c.Groups {
		notices, err := s.publishNotices(ctx, g.ID, c.Notices(g.ID))
		if err != nil {
			return nil, err
		}
		for i := range g.Sites {
			st := &site{
				Site: &g.Sites[i], group: g, notices: notices, purposes: g.PurposesOf(&g.Sites[i]),
				editions: map[string]consent.Edition{}, gpcEditions: map[string]consent.Edition{},
			}
			next.sites[st.ID] = st
			for _, o := range st.Origins {
				next.origins[o] = true
			}
		}
	}
	next.plain = &site{Site: &group.Site{Theme: plainTheme}}
	plain, err := s.composeStyle(next.plain)
	if err != nil {
		return nil, err
	}
	next.dress(next.plain, plain)

	var preparing errgroup.Group
	preparing.SetLimit(2) // more would only hold more in memory at once
	var mu sync.Mutex
	for _, st := range next.sites {
		preparing.Go(func() error {
			style, err := s.prepareSite(ctx, st)
			if err != nil {
				return fmt.Errorf("site %s: %w", st.ID, err)
			}
			mu.Lock()
			defer mu.Unlock()
			next.dress(st, style)
			return nil
		})
	}
	if err := preparing.Wait(); err != nil {
		return nil, err
	}
	return next, nil
}

// dress gives a site its style sheet.
func (s *snapshot) dress(st *site, style *file) {
	st.style = "/assets/centre." + style.hash + ".css"
	s.styles[st.style] = style
}

// plainTheme is worn by pages outside every site.
var plainTheme = group.Theme{Brand: "#1d3557", OnBrand: "#ffffff", Surface: "#ffffff", Text: "#1b1b1b"}

func (s *Server) prepareSite(ctx context.Context, st *site) (style *file, err error) {
	layer := map[string]firstLayer{}
	for _, lang := range st.Languages {
		drawn, err := st.drawFirstLayer(lang)
		if err != nil {
			return nil, err
		}
		edition, err := s.publishEdition(ctx, st, 1, lang, drawn.text())
		if err != nil {
			return nil, err
		}
		drawn.edition = edition.ID
		layer[lang] = drawn
		for gpc, editions := range map[bool]map[string]consent.Edition{false: st.editions, true: st.gpcEditions} {
			text, err := st.preferencesText(lang, gpc)
			if err != nil {
				return nil, err
			}
			if editions[lang], err = s.publishEdition(ctx, st, 2, lang, text); err != nil {
				return nil, err
			}
		}
	}
	if err := s.publishHints(ctx, st, layer); err != nil {
		return nil, err
	}
	if st.loader, err = s.composeLoader(st, layer); err != nil {
		return nil, err
	}
	if err := s.loaders.keep(st.ID+"."+st.loader.hash+".js", st.loader.body.reader()); err != nil {
		return nil, err
	}
	return s.composeStyle(st)
}

// draft is what a site shows in a language on a layer, without its id.
func (s *Server) draft(st *site, layer int, lang, text string) consent.Edition {
	controller, _ := st.group.Entity(st.Entity)
	return consent.Edition{
		Site: st.ID, Layer: layer, Language: lang, Shown: hash([]byte(text)),
		Controller: st.group.PartyOf(controller),
		Purposes:   st.purposes, Revision: st.group.Revision(st.Site), Notice: st.noticeRef(lang, s.today()),
		Config: st.group.Hash, Loader: s.loaderVersion(),
		Declared: st.group.Declared(st.Site, lang, s.public+"/"+st.ID),
	}
}

// publishEdition keeps what a site shows in a language on a layer, so that
// receipts can name it.
func (s *Server) publishEdition(ctx context.Context, st *site, layer int, lang, text string) (consent.Edition, error) {
	e := s.draft(st, layer, lang, text)
	b, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("edition: %w", err)
	}
	e.ID = consent.EditionID(b)
	if err := s.store.AddEdition(ctx, e, text); err != nil {
		return e, fmt.Errorf("edition: %w", err)
	}
	return e, nil
}

// noticeRef names the notice that is linked beside a choice on the site.
func (st *site) noticeRef(lang string, today time.Time) consent.NoticeRef {
	v, ok := ui.NoticeOf(st.group, group.Situation{Site: st.Site}, st.notices, ui.NoticeQuery{Lang: lang}, today)
	if !ok {
		return consent.NoticeRef{}
	}
	return consent.NoticeRef{ID: v.Notice.ID, Version: v.Notice.Version, Hash: v.Notice.Hash, Language: v.Notice.Language}
}
