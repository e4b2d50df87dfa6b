package siteaudit

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/dpv"
)

func TestEveryRuleIsDocumented(t *testing.T) {
	docs, err := os.ReadFile("../../web/docs/audit.md")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, r := range Rules {
		assert.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		assert.Contains(t, string(docs), fmt.Sprintf("| `%s` | %s | %s |\n", r.ID, r.Severity, r.Short))
		assert.NotEmpty(t, r.Help)
	}
}

func TestTheTableOfVendorsCanBeRead(t *testing.T) {
	require.NotEmpty(t, vendors())
	for _, v := range vendors() {
		assert.Regexp(t, `^https://`, v.Source, v.Name)
		for _, d := range v.Data {
			_, known := dpv.CategoryOf(d)
			assert.True(t, known, "%s: %s", v.Name, d)
		}
		for _, c := range v.Cookies {
			if c.Duration != "" && c.Duration != "session" {
				assert.Regexp(t, period, c.Duration, "%s: %s", v.Name, c.Name)
			}
		}
	}
	v, as, ok := vendorOfName(cookieKind, "_ga_ABC123")
	assert.True(t, ok)
	assert.Equal(t, "Google Analytics", v.Name)
	assert.Equal(t, vendorCookie{Name: "_ga_*", Duration: "P2Y"}, as)
	v, ok = vendorOfHost("region1.google-analytics.com")
	assert.True(t, ok)
	assert.Equal(t, "Google Analytics", v.Name)
	_, ok = vendorOfHost("notgoogle-analytics.com")
	assert.False(t, ok, "a host that ends alike is somebody else's")
}

func TestElementsOfAPage(t *testing.T) {
	got := elements("<html>\n<script src=a.js></script>\n<noscript>\n<img src=b.gif></noscript>\n<template><script src=c.js></script></template>\n<iframe\nsrc=d></iframe>\n<script>\nx()</script>")
	var lines []string
	for _, e := range got {
		lines = append(lines, fmt.Sprint(e.line, " ", e.tag, " ", e.attr["src"], e.text, " ", e.noscript))
	}
	assert.Equal(t, []string{"2 script a.js false", "4 img b.gif true", "6 iframe d false", "8 script \nx() false"}, lines)
}

func TestAddressesAreShownWithoutWhatIsPersonal(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:secret@www.example.org/a?email=b@c.example&id=7#top": "https://www.example.org/a?email=&id=",
		"https://www.example.org/unsubscribe/b@c.example/now":              "https://www.example.org/unsubscribe/-/now",
	} {
		assert.Equal(t, want, pageName(in))
	}
	_, path := split("https://www.example.org/u/b%40c.example?x=1")
	assert.Equal(t, "/u/-", path)
}

func TestPeriods(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"session": now, "P13M": now.AddDate(0, 13, 0), "PT30M": now.Add(30 * time.Minute), "P1Y2W": now.AddDate(1, 0, 14),
	} {
		assert.Equal(t, want, ends(now, in), in)
	}
	assert.Equal(t, "P30D", written(30*24*time.Hour-time.Second))
	assert.Equal(t, "PT8H", written(8*time.Hour-time.Minute))
	assert.Equal(t, "PT30M", written(30*time.Minute-time.Second))
}
