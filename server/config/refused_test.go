package config

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"latchkey/app/i18n"
)

func TestKeysThatWouldSteerPeopleAreToldWhyNot(t *testing.T) {
	for key, want := range map[string]string{
		"default_on":          refusePreTick,
		"default":             refusePreTick,
		"checked":             refusePreTick,
		"preChecked":          refusePreTick,
		"pre_ticked":          refusePreTick,
		"enabled":             refusePreTick,
		"opt-out":             refusePreTick,
		"on":                  refusePreTick,
		"hide_reject":         refuseHide,
		"hideDecline":         refuseHide,
		"show_reject_button":  refuseHide,
		"reject_hidden":       refuseHide,
		"disable_reject":      refuseHide,
		"no_reject":           refuseHide,
		"accept_text":         refuseLabel,
		"reject_label":        refuseLabel,
		"accept_button_color": refuseLabel,
		"declineText":         refuseLabel,
		"cookie_wall":         refuseWall,
		"force_consent":       refuseWall,

		"name":             "",
		"colour":           "",
		"onBrand":          "",
		"origin":           "",
		"default_language": "",
		"position":         "",
		"review":           "",
	} {
		assert.Equal(t, want, refusal(key), key)
	}
}

func TestLabelsOfChoicesAreProtected(t *testing.T) {
	for key, want := range map[string]bool{
		"banner.accept":            true,
		"banner.reject":            true,
		"banner.choose":            true,
		"banner.object.statistics": true,
		"banner.objected":          false,
		"cover.always":             true,
		"preferences.save":         true,
		"preferences.accept-all":   true,
		"preferences.reject":       true,
		"preferences.saved":        false,
		"banner.notice":            false,
		"banner.accepted":          false,
		"home.title":               false,
	} {
		assert.Equal(t, want, isProtected(key), key)
	}
}

func TestTheLabelsOfTheFirstLayerThatAreProtectedExist(t *testing.T) {
	for _, key := range []string{"banner.accept", "banner.reject", "banner.choose", "banner.close", "banner.control", "banner.object", "cover.once", "cover.always", "preferences.save", "preferences.allow", "preferences.object", "preferences.again"} {
		assert.True(t, i18n.For(i18n.Default).Has(key), "the catalogue renamed %s: protect its new name", key)
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]bool{
		"session":   true,
		"P13M":      true,
		"P1Y6M":     true,
		"P2W":       true,
		"PT30M":     true,
		"P1DT12H":   true,
		"":          false,
		"P":         false,
		"PT":        false,
		"P1DT":      false,
		"P0D":       false,
		"PT0S":      false,
		"P1M1Y":     false,
		"13 months": false,
		"p1y":       false,
		"P-1D":      false,
		"P1.5D":     false,
		"P99999D":   false,
		"Session":   false,
	} {
		assert.Equal(t, want, isDuration(s), s)
	}
}

func TestOrigins(t *testing.T) {
	for s, sound := range map[string]bool{
		"https://www.example.org":        true,
		"https://www.example.org:8443":   true,
		"http://127.0.0.1:8090":          true,
		"http://localhost":               true,
		"http://[::1]:8090":              true,
		"http://demo.localhost:8090":     true,
		"":                               false,
		"null":                           false,
		"*":                              false,
		"https://":                       false,
		"https://www.example.org?":       false,
		"https://www.example.org#":       false,
		"https://www.example.org/a":      false,
		"https://user@www.example.org":   false,
		"https://www.example.org:":       false,
		"http://www.example.org":         false,
		"http://127.0.0.1.example.org":   false,
		"http://localhost:80":            false,
		"HTTPS://www.example.org":        false,
		"javascript:alert(1)":            false,
		"data:text/html,x":               false,
		"https://www.example.org evil":   false,
		"https://www.example.org;script": false,
		"https://exämple.org":            false,
	} {
		assert.Equal(t, sound, originFault(s) == "", "%s: %s", s, originFault(s))
	}
}
