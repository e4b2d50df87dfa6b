// Google consent mode v2, in its basic form: for Tag Manager, Analytics and Ads.
// Their scripts are gated by the page; this says what they may do once they run.
// https://developers.google.com/tag-platform/security/guides/consent
// https://developers.google.com/tag-platform/gtagjs/reference#consent

import type { Make } from '../adapter';

/** Purposes by Google's consent type: all of them but security_storage, which is always granted. */
const make: Make<Record<string, string>> = purposes => ({ may, told }) => {
	const page = window as any;
	const waiting: any[] = (page.dataLayer = page.dataLayer || []);
	let place = waiting.findIndex(entry => entry?.[1] === 'default') + 1;
	/** Sends a command as Google's scripts take it: as arguments, because they pass over an array. */
	const gtag: (...command: unknown[]) => void = function () {
		// Before all that the page queued but a default of its own: what a script finds there it takes
		// in order, and would measure the page before it knows. One that runs has a push of its own.
		if (page.dataLayer.push === [].push) page.dataLayer.splice(place++, 0, arguments);
		else page.dataLayer.push(arguments);
	};
	const consent = (when: string, granted: (purpose: string) => unknown) => {
		const types: Record<string, string> = { security_storage: 'granted' };
		for (const type of Object.keys(purposes)) types[type] = granted(purposes[type]) ? 'granted' : 'denied';
		gtag('consent', when, types);
	};
	const update = () => consent('update', may);
	consent('default', () => 0);
	gtag('set', 'ads_data_redaction', true);
	if (told().method) update();
	return update;
};

export default make;
