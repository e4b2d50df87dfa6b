package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func TestAttributeValuesSurvivePrerendering(t *testing.T) {
	for _, want := range []string{
		"plain", `" onmouseover="alert(1)`, `back\slash`, "« x »", "true", "<b>&amp;</b>", "tab\there", "cŵn a chathod", "😀",
	} {
		out := app.HTMLString(app.Div().Title(val(want)))
		doc, err := html.Parse(strings.NewReader(out))
		require.NoError(t, err)
		div := doc.FirstChild.LastChild.FirstChild
		require.Equal(t, "div", div.Data)
		require.Len(t, div.Attr, 1, out)
		require.Equal(t, want, div.Attr[0].Val)
	}
}
