package config

import (
	"net/url"
	"slices"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// measurers are tags that are known to serve their vendor too, or to follow single
// visitors, by what they store and where they come from. It is a help against
// slips, and no list of what is allowed.
var measurers = []struct {
	name    string
	cookies []string // beginnings of names
	hosts   []string // and their subdomains
}{
	{"Google Analytics and Google Ads", []string{"_ga", "_gid", "_gat", "_gac_", "_gcl_", "IDE", "NID"}, []string{"google-analytics.com", "googletagmanager.com", "doubleclick.net", "googleadservices.com"}},
	{"Microsoft Clarity and Microsoft Advertising", []string{"_clck", "_clsk", "CLID", "MUID", "_uet"}, []string{"clarity.ms", "bat.bing.com"}},
	{"Meta Pixel", []string{"_fbp", "_fbc"}, []string{"facebook.com", "facebook.net"}},
	{"Hotjar", []string{"_hj"}, []string{"hotjar.com", "hotjar.io"}},
	{"LinkedIn Insight", []string{"li_", "bcookie", "lidc", "AnalyticsSyncHistory"}, []string{"licdn.com", "linkedin.com"}},
	{"TikTok Pixel", []string{"_ttp", "_tt_"}, []string{"analytics.tiktok.com"}},
}

// beyond lists the categories of personal data that go beyond the sole purpose
// of an exemption: statistics are about how a website is used and not about who
// uses it; appearance is about what a visitor has set.
var beyond = map[consent.Basis][]string{
	consent.StatisticsExempt: {"interests", "profile"},
	consent.AppearanceExempt: {"browsing", "identifier", "interests", "profile", "referral", "viewing"},
}

// checkExempt warns where an exemption is claimed for what it hardly covers (PECR
// Schedule A1 paras 5 and 6; LAW 1.2), or does not say which terms were checked
// (LAW D18). These are warnings: the facts are the group's to judge, and a folder
// that was sound stays so.
func checkExempt(g *loaded, at string, t group.Technology) {
	if !t.Basis.Exempt() {
		return
	}
	d, paragraph := g.doc, t.Basis.Paragraph()
	if t.Decision != nil && t.Decision.Terms == "" && d.absent(path(at, "decision", "terms")) {
		d.warn(path(at, "decision"), "terms is missing: say which terms of %s were checked, with their date or address, or why there are none", quoteOr(t.Provider, "the provider"))
	}
	if p, ok := g.Provider(t.Provider); ok && p.Role == group.ThirdParty {
		d.warn(path(at, "provider"), "%s is listed as a third party, which uses the data for itself too: %s is for the site's own purpose alone (PECR Schedule A1 para %s). Want a purpose by consent", t.Provider, t.Basis, paragraph)
	}
	if who := measurer(t); who != "" {
		d.warn(path(at, "name"), "%s looks like %s, which as usually set up uses the data for itself or follows single visitors: %s does not cover that (PECR Schedule A1 para %s). Want a purpose by consent", quoteOr(t.Name, "this"), who, t.Basis, paragraph)
	}
	for i, key := range t.Data {
		if slices.Contains(beyond[t.Basis], key) {
			d.warn(path(at, "data", i), "%s goes beyond what %s is for (PECR Schedule A1 para %s): take it out of what is collected, or want a purpose by consent", key, t.Basis, paragraph)
		}
	}
}

// measurer names the vendor that a technology seems to belong to, or "".
func measurer(t group.Technology) string {
	for _, m := range measurers {
		if t.Kind == "cookie" && slices.ContainsFunc(m.cookies, func(begin string) bool { return strings.HasPrefix(t.Name, begin) }) {
			return m.name
		}
		for _, h := range t.Hosts {
			u, err := url.Parse(h)
			if err == nil && slices.ContainsFunc(m.hosts, func(host string) bool { return within(u.Hostname(), host) }) {
				return m.name
			}
		}
	}
	return ""
}
