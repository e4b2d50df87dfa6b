// WP Consent API, by which WordPress plugins ask what they may do.
// https://github.com/WordPress/wp-consent-level-api
// https://wordpress.org/plugins/wp-consent-api/

import type { Make } from '../adapter';

/** Purposes by the plugin's category. */
const make: Make<Record<string, string>> = purposes => ({ may, told }) => {
	const page = window as any;
	const tell = () => {
		// The plugin's script may come after ours.
		if (page.wp_set_consent)
			for (const [category, purpose] of Object.entries(purposes)) {
				// It keeps each answer in a cookie, so without a choice no refusal is
				// written, unless an answer that stands no more has to go.
				if (may(purpose)) page.wp_set_consent(category, 'allow');
				else if (told().method || page.wp_has_consent(category)) page.wp_set_consent(category, 'deny');
			}
	};
	// Without a type, every category counts as allowed.
	page.wp_consent_type = 'optin';
	document.dispatchEvent(new CustomEvent('wp_consent_type_defined'));
	tell();
	document.addEventListener('DOMContentLoaded', tell);
	return tell;
};

export default make;
