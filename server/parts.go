package server

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"latchkey/app/group"
	"latchkey/server/render"
)

// part is code of the first layer that only some visits need: the loader
// fetches it from /embed/SITE.PART.HASH.js when it is needed.
type part struct {
	name string
	from string                                                   // script that it is made of, if it is called otherwise
	data func(*Server, *site, map[string]firstLayer) (any, error) // what the part works with, in place of LATCHKEY; nil for nothing
	only func(*site) bool                                         // the sites that have it; nil for all
}

// parts lists them. All parts of a site have one hash, that of all of them, for
// which every loader has room.
var parts = []part{
	{name: "cover", data: coverData},
	{name: debug, data: debugData, only: func(st *site) bool { return st.Debug }},
	{name: "hint", data: hintData},
	{name: "focus"},
	{name: "leave", data: leaveData},
	{name: "panel", data: panelData},
	{name: "send"},
}

// partsOf lists the parts that a site has.
func partsOf(st *site) []part {
	var has []part
	for _, p := range parts {
		if p.only == nil || p.only(st) {
			has = append(has, p)
		}
	}
	for _, lang := range st.Languages[1:] {
		words := func(_ *Server, _ *site, drawn map[string]firstLayer) (any, error) {
			return drawn[lang].words(lang), nil
		}
		has = append(has, part{name: "words-" + lang, from: "words", data: words})
	}
	return has
}

// composeParts publishes the parts of a site, and returns their hash.
func (s *Server) composeParts(st *site, drawn map[string]firstLayer) (string, error) {
	parts := partsOf(st)
	bodies := make([][]byte, len(parts))
	sum := sha256.New()
	for i, p := range parts {
		body, err := s.composePart(p, st, drawn)
		if err != nil {
			return "", fmt.Errorf("part %s: %w", p.name, err)
		}
		bodies[i] = body
		sum.Write(body)
	}
	hash := hex.EncodeToString(sum.Sum(nil))[:16]
	for i, p := range parts {
		if err := s.loaders.keep(st.ID+"."+p.name+"."+hash+".js", bytes.NewReader(bodies[i])); err != nil {
			return "", err
		}
	}
	return hash, nil
}

func (s *Server) composePart(p part, st *site, drawn map[string]firstLayer) ([]byte, error) {
	if p.data == nil {
		return s.built(p.name + ".js")
	}
	src, err := s.script(cmp.Or(p.from, p.name) + ".js")
	if err != nil {
		return nil, err
	}
	data, err := p.data(s, st, drawn)
	if err != nil {
		return nil, err
	}
	text, err := literal(data)
	if err != nil {
		return nil, err
	}
	return withData(src, text), nil
}

// panelData is the dialog around the centre in every language.
func panelData(_ *Server, _ *site, drawn map[string]firstLayer) (any, error) {
	dialogs := map[string]render.Node{}
	for lang, l := range drawn {
		dialogs[lang] = l.panel
	}
	return dialogs, nil
}

// leaveData is what the site declares to keep on a device: for each purpose the
// names of cookies, and those of storage items.
func leaveData(_ *Server, st *site, _ map[string]firstLayer) (any, error) {
	items := [][3]any{}
	for _, p := range st.purposes {
		cookies, storage := []string{}, []string{}
		for _, t := range st.Technologies {
			switch {
			case t.Purpose != p.ID:
			case t.Kind == group.CookieKind:
				cookies = append(cookies, t.Name)
			case t.Kind == group.Storage:
				storage = append(storage, t.Name)
			}
		}
		if len(cookies)+len(storage) > 0 {
			items = append(items, [3]any{p.ID, slices.Compact(cookies), slices.Compact(storage)})
		}
	}
	return items, nil
}
