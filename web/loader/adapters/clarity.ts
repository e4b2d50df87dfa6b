// Microsoft Clarity, consent API v2.
// https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-consent-api-v2

import type { Make } from '../adapter';

/** Purposes by Clarity's consent type; it requires both. */
const make: Make<Record<'ad_Storage' | 'analytics_Storage', string>> = purposes => ({ may }) => {
	const page = window as any;
	const state: Record<string, string> = {};
	const tell = () => {
		for (const [type, purpose] of Object.entries(purposes)) state[type] = may(purpose) ? 'granted' : 'denied';
		// A call that waits in the queue holds this very object. A second call there would
		// be lost: Clarity starts anew after a refusal, and until then takes no consent
		// (consentv2 in packages/clarity-js/src/data/metadata.ts of github.com/microsoft/clarity).
		if (page.clarity.v) page.clarity('consentv2', { ...state });
	};
	page.clarity =
		page.clarity ||
		function () {
			(page.clarity.q = page.clarity.q || []).push(arguments);
		};
	tell();
	if (!page.clarity.v) page.clarity('consentv2', state);
	return tell;
};

export default make;
