package server

import (
	"context"
	"slices"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// revisionsKept is for how many earlier revisions of a site's questions the
// banner can say what has changed. Who answered an older one is told that
// something has.
const revisionsKept = 20

// hintParts is what the hint part works with: the other words of the banner.
type hintParts struct {
	Revision  string               `json:"r"` // of the questions that are asked now
	Languages map[string]hintWords `json:"l"`
}

// hintWords are the other words of the banner in one language.
type hintWords struct {
	Banner render.Node `json:"b"` // the usual one
	// Hints are by what the visitor comes with: an earlier revision, "?" for one
	// that is not known, or nothing; and a + behind it for Global Privacy Control.
	Hints map[string]hint `json:"w"`
}

// hint is what one kind of visitor is told besides.
type hint struct {
	Edition string        `json:"e"`
	Nodes   []render.Node `json:"n"` // behind the title of the banner
}

// hintData gives the hint part of a site what publishHints has prepared.
func hintData(_ *Server, st *site, _ map[string]firstLayer) (any, error) {
	return hintParts{Revision: st.group.Revision(st.Site), Languages: st.hints}, nil
}

// publishHints draws what the banner says to those who answered an earlier
// revision of the site's questions, and to those whose browser sends Global
// Privacy Control. Each wording is an edition of its own, so that the receipt of
// a choice proves what was said before it.
func (s *Server) publishHints(ctx context.Context, st *site, drawn map[string]firstLayer) error {
	st.hints = map[string]hintWords{}
	for lang := range drawn {
		st.hints[lang] = hintWords{Hints: map[string]hint{}}
	}
	if !st.asks() {
		return nil // nothing is asked
	}
	past, err := s.store.Revisions(ctx, st.ID, revisionsKept+1) // one of them is the present one
	if err != nil {
		return err
	}
	for _, lang := range st.Languages {
		if err := s.publishHintsIn(ctx, st, lang, drawn[lang], past); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) publishHintsIn(ctx context.Context, st *site, lang string, usual firstLayer, past []consent.Edition) error {
	words := hintWords{Banner: usual.banner, Hints: map[string]hint{}}
	published := map[string]string{} // what was said, to the id of its edition
	publish := func(key string, h ui.Hint) error {
		other := usual
		var err error
		if other.banner, err = st.drawBanner(lang, h); err != nil {
			return err
		}
		text := other.text()
		if published[text] == "" {
			e, err := s.publishEdition(ctx, st, 1, lang, text)
			if err != nil {
				return err
			}
			published[text] = e.ID
		}
		words.Hints[key] = hint{Edition: published[text], Nodes: added(usual.banner, other.banner)}
		return nil
	}
	refused := st.refusedInWords(lang)
	both := func(key string, h ui.Hint) error {
		if key != "" {
			if err := publish(key, h); err != nil {
				return err
			}
		}
		if h.Refused = refused; refused == nil {
			return nil
		}
		return publish(key+"+", h)
	}

	if err := both("", ui.Hint{}); err != nil {
		return err
	}
	if err := both("?", ui.Hint{Again: true}); err != nil {
		return err
	}
	now := s.draft(st, 1, lang, "")
	for _, before := range inLanguage(past, lang, st.Languages) {
		if before.Revision == now.Revision {
			continue
		}
		if err := both(before.Revision, ui.Hint{Again: true, Changes: consent.Changes(before, now)}); err != nil {
			return err
		}
	}
	st.hints[lang] = words
	return nil
}

// refusedInWords names the purposes that Global Privacy Control refuses; nil if
// it refuses none, or everything that is asked: then there is no banner.
func (st *site) refusedInWords(lang string) []string {
	refused := st.group.RefusedByGPC(st.Site)
	var names []string
	left := false
	for _, p := range ui.PurposesOf(st.group, st.Site, lang) {
		switch {
		case slices.Contains(refused, p.ID):
			names = append(names, p.Name)
		case p.Basis == consent.ByConsent:
			left = true
		}
	}
	if !left {
		return nil
	}
	return names
}

// inLanguage picks, of each revision, the edition in a language, or else the one
// in the language that comes first among others.
func inLanguage(editions []consent.Edition, lang string, others []string) []consent.Edition {
	order := append([]string{lang}, others...)
	rank := func(e consent.Edition) int {
		if i := slices.Index(order, e.Language); i >= 0 {
			return i
		}
		return len(order)
	}
	best := map[string]consent.Edition{}
	for _, e := range editions {
		if known, ok := best[e.Revision]; !ok || rank(e) < rank(known) {
			best[e.Revision] = e
		}
	}
	var picked []consent.Edition
	for _, e := range editions {
		if one, ok := best[e.Revision]; ok {
			picked = append(picked, one)
			delete(best, e.Revision)
		}
	}
	return picked
}

// drawBanner renders the banner of a site in a language.
func (st *site) drawBanner(lang string, h ui.Hint) (render.Node, error) {
	controller, _ := st.group.Entity(st.Entity)
	return render.Tree(&ui.Banner{T: i18n.For(lang).With(st.group.Texts[lang]), View: ui.BannerView{
		Site: st.Name, Entity: controller.Name, Purposes: ui.PurposesOf(st.group, st.Site, lang), Hint: h,
	}})
}

// behindTitle is the place of a hint in the tree of a banner: after tag, attributes and title.
const behindTitle = 3

// added lists what a banner with a hint has more than the usual one.
func added(usual, other render.Node) []render.Node {
	a, b := usual.([]any), other.([]any)
	var nodes []render.Node
	for _, n := range b[behindTitle : behindTitle+len(b)-len(a)] {
		nodes = append(nodes, n)
	}
	return nodes
}

// seen is the text that a visitor reads in a piece of the first layer before a
// choice: without what only a choice brings about.
func seen(n render.Node) string {
	return render.Text(without(n, func(attrs map[string]string) bool {
		return attrs["role"] == "status" || attrs["data-when"] == "objected" || attrs["data-when"] == "consented"
	}))
}

// without is a tree without the elements below its root that have certain attributes.
func without(n render.Node, leave func(attrs map[string]string) bool) render.Node {
	parts, ok := n.([]any)
	if !ok {
		return n
	}
	var kept []any
	for _, part := range parts {
		if child, ok := part.([]any); ok {
			if len(child) > 1 {
				if attrs, _ := child[1].(map[string]string); leave(attrs) {
					continue
				}
			}
			part = without(child, leave)
		}
		kept = append(kept, part)
	}
	return kept
}
