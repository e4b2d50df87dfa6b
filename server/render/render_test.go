package render

import (
	"encoding/json"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIndentationIsTakenOutAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		ui   app.UI
		want string
	}{
		"a single text":             {app.P().Text("one"), "<p>one</p>"},
		"an empty element":          {app.P(), "<p></p>"},
		"a text around a link":      {app.P().Body(app.Text("see "), app.A().Text("the policy"), app.Text(", and ask")), "<p>see <a>the policy</a>, and ask</p>"},
		"elements within elements":  {app.Div().Body(app.P().Body(app.B().Body(app.Text("x")))), "<div><p><b>x</b></p></div>"},
		"spaces of the text's own":  {app.P().Body(app.B().Text(" a "), app.Text("  b  ")), "<p><b> a </b>  b  </p>"},
		"void elements":             {app.Div().Body(app.Input(), app.Br(), app.Text("t")), "<div><input><br>t</div>"},
		"a text area's line breaks": {app.Div().Body(app.Textarea().Body(app.Text("one\n  two\n"))), "<div><textarea>one\n  two\n</textarea></div>"},
		"an empty text":             {app.P().Body(app.Text(""), app.B().Text("x")), "<p><b>x</b></p>"},
		"escaped characters":        {app.P().Body(app.Text("a < b & c"), app.Br()), "<p>a &lt; b &amp; c<br></p>"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := HTML(c.ui)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		})
	}
}

func TestTreeAndItsText(t *testing.T) {
	got, err := Tree(app.Section().Class("b").Body(
		app.H2().Text("Cookies"),
		app.P().Body(app.Text("Read the "), app.A().Href("/n").Text("notice"), app.Text(".")),
		app.Button().Text("Reject all"),
		app.Hr(),
	))
	require.NoError(t, err)
	b, err := json.Marshal(got)
	require.NoError(t, err)
	assert.JSONEq(t, `["section",{"class":"b"},["h2",0,"Cookies"],["p",0,"Read the ",["a",{"href":"/n"},"notice"],"."],["button",0,"Reject all"],["hr"]]`, string(b))
	assert.Equal(t, "Cookies\nRead the notice.\nReject all", Text(got))
}
