package group

import "latchkey/app/consent"

// Vendors are the consent signals that the loader can send, by the id that a
// site names them with: every category of the vendor, with the purpose that it
// usually follows. A category with no purpose is denied unless it is mapped.
var Vendors = map[string]map[string]consent.PurposeID{
	// Google consent mode v2: Tag Manager, Google Analytics, Google Ads.
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
	// Hotjar (Contentsquare): recording and heatmaps.
	"hotjar": {"recording": consent.Statistics},
	// WP Consent API of WordPress. https://github.com/WordPress/wp-consent-level-api
	"wordpress": {
		"functional": consent.Necessary, "preferences": consent.Preferences, "statistics-anonymous": "",
		"statistics": consent.Statistics, "marketing": consent.Marketing,
	},
}
