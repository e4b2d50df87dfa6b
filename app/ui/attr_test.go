package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// read is the element that a browser makes of a prerendered one.
func read(t *testing.T, e app.UI) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<!doctype html><body>" + app.HTMLString(e)))
	require.NoError(t, err)
	return doc.LastChild.LastChild.FirstChild
}

func TestAttributeValuesSurvivePrerendering(t *testing.T) {
	for _, want := range []string{
		"plain", `" onmouseover="alert(1)`, `back\slash`, "« x »", "true", "<b>&amp;</b>", "tab\there", "cŵn a chathod", "😀",
	} {
		div := read(t, app.Div().Title(val(want)))
		require.Equal(t, "div", div.Data)
		require.Len(t, div.Attr, 1)
		require.Equal(t, want, div.Attr[0].Val)
	}
}

func TestBooleansArePrerenderedOnlyWhenTrue(t *testing.T) {
	for name, c := range map[string]struct {
		e    app.UI
		attr string // the attribute that the browser sees, or empty for none
	}{
		"a ticked box":               {checked(app.Input(), true), "checked"},
		"a box that is not ticked":   {checked(app.Input(), false), ""},
		"an open section":            {opened(app.Details(), true), "open"},
		"a closed section":           {opened(app.Details(), false), ""},
		"hidden until a script asks": {bootHidden(app.P()), "hidden"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, a := range read(t, c.e).Attr {
				got = append(got, a.Key)
			}
			assert.Equal(t, c.attr, strings.Join(got, " "))
		})
	}
}

func TestStatesOfARIAAreWords(t *testing.T) {
	for state, want := range map[bool]string{true: "true", false: "false"} {
		assert.Equal(t, want, read(t, app.Div().Aria("expanded", yesno(state))).Attr[0].Val)
	}
}

func TestATextAreaHoldsItsText(t *testing.T) {
	for _, want := range []string{"", "one", "one\ntwo\n", "\nafter a line break", "  spaces  ", "</textarea><b>"} {
		e := read(t, filled(app.Textarea(), want))
		require.Equal(t, "textarea", e.Data)
		got := ""
		if e.FirstChild != nil {
			got = e.FirstChild.Data
		}
		assert.Equal(t, want, got)
		assert.Empty(t, e.Attr)
		assert.Nil(t, e.NextSibling)
	}
}
