package ui_test

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// element is one element of a node tree.
type element struct {
	tag   string
	attrs map[string]string
	text  string
}

// elements lists the elements of a tree in document order.
func elements(n render.Node) []element {
	parts, ok := n.([]any)
	if !ok {
		return nil
	}
	e := element{tag: parts[0].(string), text: render.Text(n)}
	if len(parts) > 1 {
		e.attrs, _ = parts[1].(map[string]string)
	}
	all := []element{e}
	for _, c := range parts[min(2, len(parts)):] {
		all = append(all, elements(c)...)
	}
	return all
}

// doing lists the elements that do something.
func doing(n render.Node, what string) []element {
	return slices.DeleteFunc(elements(n), func(e element) bool { return e.attrs["data-do"] != what })
}

// only lists the purposes that hold.
func only(all []ui.PurposeView, holds func(ui.PurposeView) bool) iter.Seq[ui.PurposeView] {
	return func(yield func(ui.PurposeView) bool) {
		for _, p := range all {
			if holds(p) && !yield(p) {
				return
			}
		}
	}
}

func TestAcceptAndRejectAreEqual(t *testing.T) {
	for _, lang := range i18n.Languages {
		banner := first(lang)["b"]
		accept, reject := doing(banner, "accept"), doing(banner, "reject")
		require.Len(t, accept, 1)
		require.Len(t, reject, 1)
		assert.Equal(t, accept[0].tag, reject[0].tag)
		delete(accept[0].attrs, "data-do")
		delete(reject[0].attrs, "data-do")
		assert.Equal(t, accept[0].attrs, reject[0].attrs, "no class or style of its own")
		assert.NotEqual(t, accept[0].text, reject[0].text)
	}
}

func TestTheBannerSaysWhoAsksForWhat(t *testing.T) {
	banner := first("en-GB")["b"]
	root := elements(banner)[0]
	assert.Equal(t, map[string]string{"class": "b", "role": "region", "aria-label": "Cookies on Reside"}, root.attrs)
	assert.Equal(t, `Cookies on Reside
Reside Housing Association would like to use extra cookies for: Statistics, Videos and marketing. They stay off unless you say yes. You can change your mind at any time. Privacy notice
Already on, unless you object: Visitor counting, to improve the website.
Object: stop counting
Switched off: Visitor counting.
Accept all
Reject all
Choose`, root.text)
	notice := doing(banner, "notice")
	require.Len(t, notice, 1)
	assert.Equal(t, "/reside/notice", notice[0].attrs["href"])
	assert.Len(t, doing(banner, "choose"), 1)
}

func TestASiteWithoutExemptPurposesSaysNothingOfThem(t *testing.T) {
	some := slices.DeleteFunc(purposes(), func(p ui.PurposeView) bool { return p.Basis != consent.ByConsent })
	n, err := render.Tree(&ui.Banner{T: i18n.For("en-GB"), View: ui.BannerView{Site: "Reside", Entity: "Reside", Purposes: some, Notice: "/n"}})
	require.NoError(t, err)
	assert.NotContains(t, render.Text(n), "Already on")
	assert.Empty(t, doing(n, "object"))
}

func TestTheControlWithdrawsInOneClick(t *testing.T) {
	control := first("en-GB")["c"]
	assert.Equal(t, "c", elements(control)[0].attrs["class"])
	assert.Len(t, doing(control, "open"), 1)
	withdraw := doing(control, "withdraw")
	require.Len(t, withdraw, 1)
	assert.Equal(t, "consented", withdraw[0].attrs["data-when"], "when there is something to take back")
}

func TestAnObjectionIsOneClickAway(t *testing.T) {
	exempt := func(p ui.PurposeView) bool { return p.Basis.Exempt() }
	for _, lang := range i18n.Languages {
		banner := first(lang)["b"]
		object := doing(banner, "object")
		require.Len(t, object, 1)
		assert.Equal(t, "button", object[0].tag)
		for _, p := range slices.Collect(only(purposes(), exempt)) {
			assert.Contains(t, render.Text(banner), p.Name)
		}
		said := map[string]string{}
		for _, e := range elements(banner) {
			if when := e.attrs["data-when"]; when != "" {
				said[when] = e.text
			}
		}
		require.Len(t, said, 2, "before and after")
		assert.Contains(t, said["exempt"], object[0].text)
		assert.NotContains(t, said["objected"], object[0].text)
	}
}

func TestASiteWithOnlyExemptPurposesHasANoticeOfOneLine(t *testing.T) {
	statistics := ui.PurposeView{ID: "visits", Basis: consent.StatisticsExempt, Name: "Counting visits"}
	appearance := ui.PurposeView{ID: "display", Basis: consent.AppearanceExempt, Name: "Text size"}
	for _, tt := range []struct {
		name     string
		purposes []ui.PurposeView
		want     string
	}{
		{"counting", []ui.PurposeView{statistics}, "Privacy\nWe count visits to improve the website.\nObject: stop counting\nYour choice is saved"},
		{"looks", []ui.PurposeView{appearance}, "Privacy\nWe show the website as you like it.\nObject: switch this off\nYour choice is saved"},
		{"both", []ui.PurposeView{statistics, appearance}, "Privacy\nWe count visits and remember how you like the website.\nObject: switch this off\nYour choice is saved"},
		{"nothing but what is necessary", nil, "Privacy\nReject all\nYour choice is saved"},
		{"something by consent as well", purposes(), "Privacy\nReject all\nYour choice is saved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := render.Tree(&ui.Control{T: i18n.For("en-GB"), Purposes: tt.purposes})
			require.NoError(t, err)
			assert.Equal(t, strings.ReplaceAll(tt.want, "\n", ""), strings.ReplaceAll(render.Text(n), "\n", ""))
			for _, e := range doing(n, "object") {
				assert.Equal(t, "exempt", e.attrs["data-when"], "it goes when it has been used")
			}
		})
	}
}

func TestTheCoverNamesWhatAndFromWhom(t *testing.T) {
	for _, lang := range i18n.Languages {
		said := map[string]bool{}
		for _, shows := range ui.Contents {
			h, err := render.Tree(&ui.Cover{T: i18n.For(lang), Shows: shows})
			require.NoError(t, err)
			assert.Equal(t, "{title} ({provider})", elements(h)[0].attrs["aria-label"])
			for _, token := range []string{"{title}", "{provider}", "{purpose}"} {
				assert.Contains(t, render.Text(h), token)
			}
			for _, what := range []string{"once", "always"} {
				b := doing(h, what)
				require.Len(t, b, 1)
				assert.Equal(t, b[0].text+": {title} ({provider})", b[0].attrs["aria-label"], "the name begins with what is seen (WCAG 2.5.3)")
			}
			said[render.Text(h)] = true
		}
		assert.Len(t, said, 5, "%s: each form of content in words of its own", lang)
	}
}

func TestThePanelIsALabelledDialog(t *testing.T) {
	panel := first("cy")["w"]
	root := elements(panel)[0]
	assert.Equal(t, "dialog", root.tag)
	assert.Equal(t, "Canolfan breifatrwydd", root.attrs["aria-label"])
	assert.Len(t, doing(panel, "close"), 1)
}

// Every visitor pays for the first layer before anything else of the page is
// there: its two languages fit into one packet.
func TestTheFirstLayerIsSmall(t *testing.T) {
	both := map[string]any{}
	for _, lang := range i18n.Languages {
		both[lang] = first(lang)
	}
	src, err := json.Marshal(both)
	require.NoError(t, err)
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, err = w.Write(src)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	assert.LessOrEqual(t, b.Len(), 1000, "bytes in brotli")
}
