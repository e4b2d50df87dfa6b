package group

import (
	"fmt"
	"math"
	"strconv"

	"latchkey/app/fault"
)

// MinContrast is the least contrast between a text and its background that
// WCAG 2.2 allows for text of ordinary size (success criterion 1.4.3, AA).
const MinContrast = 4.5

// Pair is two colours of a theme that are put on one another, by the names of
// their keys in [Theme].
type Pair struct {
	Front, Back             string // keys, such as "on_brand" and "brand"
	FrontColour, BackColour string // the colours, as #rrggbb
}

// Pairs lists every two colours of t of which one is text on the other: the
// words on a button, ordinary text, and headings and links on the page.
func (t Theme) Pairs() []Pair {
	return []Pair{
		{"on_brand", "brand", t.OnBrand, t.Brand},
		{"text", "surface", t.Text, t.Surface},
		{"brand", "surface", t.Brand, t.Surface},
	}
}

// Contrast is the contrast ratio of two colours written #rrggbb, from 1 to 21,
// as WCAG 2.2 defines it; their order does not matter. The error wraps
// [fault.Invalid].
func Contrast(a, b string) (float64, error) {
	la, err := luminance(a)
	if err != nil {
		return 0, err
	}
	lb, err := luminance(b)
	if err != nil {
		return 0, err
	}
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05), nil
}

// luminance is the relative luminance of a colour, 0 for black and 1 for
// white (WCAG 2.2, "relative luminance", for sRGB).
func luminance(colour string) (float64, error) {
	if len(colour) != 7 || colour[0] != '#' {
		return 0, fmt.Errorf("colour %q: want # and six hexadecimal digits: %w", colour, fault.Invalid)
	}
	rgb, err := strconv.ParseUint(colour[1:], 16, 24)
	if err != nil {
		return 0, fmt.Errorf("colour %q: want # and six hexadecimal digits: %w", colour, fault.Invalid)
	}
	linear := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0), nil
}
