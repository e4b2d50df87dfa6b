package server

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// coverParts is what the cover part works with: what the covers over blocked
// frames say, and who provides what comes from where.
type coverParts struct {
	// Colours are the site's, as custom properties for the style sheet of the covers.
	Colours string `json:"c"`
	// From lists the origins that technologies are requested from, embeds first:
	// origin, provider, purpose, and what it shows.
	From [][4]string `json:"h"`
	// Languages holds the words by language.
	Languages map[string]coverWords `json:"l"`
}

// coverWords are the words of the covers in one language.
type coverWords struct {
	Faces   map[string]render.Node       `json:"f"` // by what the frame shows, see ui.Form
	Titles  map[string]string            `json:"t"` // for frames without a title, by what they show
	Unknown string                       `json:"u"` // stands for a provider that is not known
	Names   map[consent.PurposeID]string `json:"n"` // of the purposes that can be switched on
}

// coverData prepares the cover part of a site.
func coverData(_ *Server, st *site, drawn map[string]firstLayer) (any, error) {
	theme := st.Theme
	data := coverParts{
		Colours: fmt.Sprintf(":host{--lk-brand:%s!important;--lk-on-brand:%s!important;--lk-surface:%s!important;--lk-text:%s!important}",
			short(theme.Brand), short(theme.OnBrand), short(theme.Surface), short(theme.Text)),
		From: st.providers(), Languages: map[string]coverWords{},
	}
	for lang, l := range drawn {
		data.Languages[lang] = l.covers
	}
	return data, nil
}

// providers lists who provides what is requested from elsewhere. An origin can
// stand there several times: companies serve maps and forms from one host.
func (st *site) providers() [][4]string {
	var embeds, others [][4]string
	for _, t := range st.Technologies {
		for _, origin := range t.Hosts {
			row := [4]string{strings.TrimSuffix(origin, "/"), t.Provider, string(t.Purpose), ui.Form(t.Shows)}
			switch {
			case slices.Contains(embeds, row) || slices.Contains(others, row):
			case t.Kind == group.Embed:
				embeds = append(embeds, row)
			default:
				others = append(others, row)
			}
		}
	}
	return append(embeds, others...)
}

// drawCovers renders the covers of a site in a language.
func (st *site) drawCovers(lang string) (coverWords, error) {
	t := i18n.For(lang).With(st.group.Texts[lang])
	words := coverWords{
		Faces: map[string]render.Node{}, Titles: map[string]string{}, Unknown: t.T("cover.unknown"),
		Names: map[consent.PurposeID]string{},
	}
	for _, shows := range ui.Contents {
		form := ui.Form(shows)
		face, err := render.Tree(&ui.Cover{T: t, Shows: shows})
		if err != nil {
			return words, err
		}
		words.Faces[form], words.Titles[form] = face, t.T("cover."+form+".title")
	}
	for _, p := range ui.PurposesOf(st.group, st.Site, lang) {
		if p.Basis.Choosable() {
			words.Names[p.ID] = p.Name
		}
	}
	return words, nil
}

// text is what a person may have read on a cover before they allowed something
// there. What stands for title, provider and purpose is left in braces.
func (w coverWords) text() string {
	var texts []string
	for _, shows := range ui.Contents {
		texts = append(texts, render.Text(w.Faces[ui.Form(shows)]))
	}
	return strings.Join(texts, "\n\n")
}
