package group

import (
	"slices"

	"latchkey/app/consent"
)

// Vendors are the consent signals that the loader can send, by the id that a
// site names them with: every category of the vendor, with the purpose that it
// usually follows. A category with no purpose is denied unless it is mapped.
//
// A vendor whose scripts take no signal has no place here: its scripts are held
// back by the page, and what has run goes with the page. Hotjar is one, see
// web/docs/vendors.md.
var Vendors = map[string]map[string]consent.PurposeID{
	// Google consent mode v2: Tag Manager, Google Analytics, Google Ads. The
	// seventh type, security_storage, is always granted.
	// https://developers.google.com/tag-platform/security/guides/consent
	"google": {
		"ad_storage": consent.Marketing, "ad_user_data": consent.Marketing, "ad_personalization": consent.Marketing,
		"analytics_storage": consent.Statistics, "functionality_storage": consent.Preferences,
		"personalization_storage": consent.Preferences,
	},
	// Microsoft Clarity, consent API v2.
	// https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-consent-api-v2
	"clarity": {"ad_Storage": consent.Marketing, "analytics_Storage": consent.Statistics},
	// Microsoft Advertising, universal event tracking. https://help.ads.microsoft.com/#apex/ads/en/60119
	"uet": {"ad_storage": consent.Marketing},
	// Meta Pixel. https://developers.facebook.com/docs/meta-pixel/implementation/gdpr
	"meta": {"pixel": consent.Marketing},
	// Matomo: tracking and its cookies. https://developer.matomo.org/guides/tracking-consent
	"matomo": {"tracking": consent.Statistics, "cookies": consent.Statistics},
	// WP Consent API of WordPress. https://github.com/WordPress/wp-consent-level-api
	// Anonymous statistics follow what the site counts under the exemption, if
	// it does, see [Group.Follows].
	"wordpress": {
		"functional": consent.Necessary, "preferences": consent.Preferences, "statistics-anonymous": consent.Statistics,
		"statistics": consent.Statistics, "marketing": consent.Marketing,
	},
}

// Follows says which purpose each category of a vendor follows on a site: as
// the site maps it, or as usual if it maps none. Every category is there; one
// that follows no purpose of the site's has the empty one, and stays denied.
func (g *Group) Follows(s *Site, v Vendor) map[string]consent.PurposeID {
	purposes := g.PurposesOf(s)
	follows := map[string]consent.PurposeID{}
	for category, purpose := range Vendors[v.ID] {
		if len(v.Purposes) > 0 {
			purpose = v.Purposes[category]
		} else if category == "statistics-anonymous" {
			purpose = countedFreely(purposes, purpose)
		}
		if !slices.ContainsFunc(purposes, func(p consent.Purpose) bool { return p.ID == purpose }) {
			purpose = ""
		}
		follows[category] = purpose
	}
	return follows
}

// countedFreely is the first purpose that is for statistics under their
// exemption (PECR Schedule A1 para 5), or else if there is none.
func countedFreely(purposes []consent.Purpose, otherwise consent.PurposeID) consent.PurposeID {
	for _, p := range purposes {
		if p.Basis == consent.StatisticsExempt {
			return p.ID
		}
	}
	return otherwise
}
