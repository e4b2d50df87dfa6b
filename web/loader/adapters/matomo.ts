// Matomo: consent to tracking, consent to its cookies, and objecting.
// https://developer.matomo.org/guides/tracking-consent
// https://developer.matomo.org/guides/tracking-optout
// Latchkey remembers the choice: Matomo's own memory (rememberConsentGiven) would last for ever.

import type { Make } from '../adapter';

interface Settings {
	/** Purpose of requests to Matomo. */
	tracking: string;
	/** Purpose of Matomo's cookies. */
	cookies: string;
	/** The purpose of tracking is exempt: it runs from the start, until the visitor objects. */
	exempt?: boolean;
}

const make: Make<Settings> = ({ tracking, cookies, exempt }) => ({ may }) => {
	const page = window as any;
	// The array becomes an object when Matomo runs; both take push.
	const say = (...call: unknown[]) => (page._paq = page._paq || []).push(call);
	let on = !!exempt;
	let stored = false;
	const tell = () => {
		if (may(tracking) !== on) {
			on = !on;
			if (exempt) say(on ? 'forgetUserOptOut' : 'optUserOut');
			// Without more, setConsentGiven would be consent to cookies, too
			// (js/piwik.js of github.com/matomo-org/matomo).
			else if (on) say('setConsentGiven', may(cookies));
			else say('forgetConsentGiven');
		}
		if (cookies !== tracking && may(cookies) !== stored) say((stored = !stored) ? 'setCookieConsentGiven' : 'forgetCookieConsentGiven');
	};
	if (!exempt) say('requireConsent');
	if (cookies !== tracking) say('requireCookieConsent');
	tell();
	return tell;
};

export default make;
