package group_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/group"
)

func TestContrastFollowsWCAG(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       float64
	}{
		{"black on white is the greatest there is", "#000000", "#ffffff", 21},
		{"a colour on itself is the least there is", "#336699", "#336699", 1},
		{"the lightest grey that passes on white", "#767676", "#ffffff", 4.54},
		{"the darkest grey that fails on white", "#777777", "#ffffff", 4.48},
		{"the order of the colours does not matter", "#ffffff", "#767676", 4.54},
		{"letters may be capitals", "#FFFFFF", "#767676", 4.54},
		{"pure red on white fails", "#ff0000", "#ffffff", 4.00},
		{"pure blue on white passes", "#0000ff", "#ffffff", 8.59},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := group.Contrast(c.a, c.b)
			require.NoError(t, err)
			assert.InDelta(t, c.want, got, 0.005)
		})
	}
}

func TestContrastRefusesWhatIsNoColour(t *testing.T) {
	for _, bad := range []string{"", "#fff", "red", "ffffff1", "#12345g", "#+12345", "#1234567"} {
		_, err := group.Contrast(bad, "#ffffff")
		require.ErrorIs(t, err, fault.Invalid, bad)
		_, err = group.Contrast("#ffffff", bad)
		require.ErrorIs(t, err, fault.Invalid, bad)
	}
}

func TestEveryColourOfAThemeIsInAPair(t *testing.T) {
	theme := group.Theme{Brand: "#111111", OnBrand: "#222222", Surface: "#333333", Text: "#444444"}
	seen := map[string]bool{}
	for _, p := range theme.Pairs() {
		seen[p.FrontColour], seen[p.BackColour] = true, true
	}
	for _, colour := range []string{theme.Brand, theme.OnBrand, theme.Surface, theme.Text} {
		assert.True(t, seen[colour], colour)
	}
}
