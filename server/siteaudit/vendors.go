package siteaudit

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"latchkey/app/consent"
	"latchkey/app/group"
)

//go:embed vendors.yaml
var vendorsYAML []byte

// vendor is a well-known company or product, with what gives it away. It only
// serves to propose a declaration: a person decides.
type vendor struct {
	Name    string            `yaml:"name"`
	Source  string            `yaml:"source"`  // page of the vendor that says so
	Purpose consent.PurposeID `yaml:"purpose"` // that sites usually declare it for
	Data    []string          `yaml:"data"`    // categories of package dpv
	Role    group.Role        `yaml:"role"`    // as the vendor sees itself; "" if that depends on the contract
	Hosts   []string          `yaml:"hosts"`   // *. stands for any subdomain
	Embeds  []string          `yaml:"embeds"`  // those of the hosts whose frames are shown
	Cookies []vendorCookie    `yaml:"cookies"` //
	Storage []string          `yaml:"storage"` // names, with *
	Paths   []string          `yaml:"paths"`   // ends of paths that give it away on any host
}

// vendorCookie is a cookie of a vendor, by the vendor's own account.
type vendorCookie struct {
	Name     string `yaml:"name"`
	Duration string `yaml:"duration"` // "" if the vendor does not say
}

// vendors is the table of vendors.yaml.
var vendors = sync.OnceValue(func() []vendor {
	var all []vendor
	if err := yaml.UnmarshalWithOptions(vendorsYAML, &all, yaml.Strict()); err != nil {
		panic("vendors.yaml: " + err.Error()) // a test reads it
	}
	return all
})

// vendorOfHost finds the vendor that a host is known to be of.
func vendorOfHost(host string) (vendor, bool) {
	return vendorWhere(func(v vendor) bool { return hosted(v.Hosts, hostname(host)) })
}

// vendorOfName finds the vendor that a cookie or item is known to be of, and how
// the vendor names it.
func vendorOfName(kind group.Kind, name string) (v vendor, as vendorCookie, ok bool) {
	v, ok = vendorWhere(func(v vendor) bool {
		if kind == cookieKind {
			for _, c := range v.Cookies {
				if wildcard(c.Name).MatchString(name) {
					as = c
					return true
				}
			}
			return false
		}
		for _, s := range v.Storage {
			if wildcard(s).MatchString(name) {
				as = vendorCookie{Name: s}
				return true
			}
		}
		return false
	})
	return v, as, ok
}

func vendorWhere(is func(vendor) bool) (vendor, bool) {
	for _, v := range vendors() {
		if is(v) {
			return v, true
		}
	}
	return vendor{}, false
}

func hosted(patterns []string, host string) bool {
	for _, p := range patterns {
		if domain, any := strings.CutPrefix(p, "*."); p == host || any && strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// Kinds of technologies that are found, see group.Technology.
const (
	cookieKind  group.Kind = "cookie"
	storageKind group.Kind = "storage"
	scriptKind  group.Kind = "script"
)

// taggingPath are ends of paths on which vendors' tags report, wherever they
// are served from: Google's tags and their server containers, Meta's Conversions
// API Gateway, and Matomo.
var taggingPath = regexp.MustCompile(`/(?:g|j|r)/collect$|/ccm/collect$|/gtm\.js$|/gtag/js$|/ns\.html$|/capig(?:/|$)|/fbevents\.js$|/(?:matomo|piwik)\.(?:php|js)$`)

// taggingHost are names of subdomains that server-side tagging usually gets, so
// that its cookies count as the site's own.
var taggingHost = regexp.MustCompile(`^(?:s?gtm|sst?|ss-?gtm|tagging|tags?|metrics|smetrics|analytics|stats?|track(?:ing)?|collect(?:or)?|capi|pixel|events?|insights?|matomo|piwik)\d*[.-]`)
