// Google consent mode v2, in its basic form: for Tag Manager, Analytics and Ads.
// Their scripts are gated by the page; this says what they may do once they run.
// https://developers.google.com/tag-platform/security/guides/consent
// https://developers.google.com/tag-platform/gtagjs/reference#consent

import type { Make } from '../adapter';

/** Purposes by Google's consent type: all of them but security_storage, which is always granted. */
const make: Make<Record<string, string>> = purposes => ({ may, told }) => {
	const page = window as any;
	/** A command as Google's scripts take it: they pass over an array. */
	const command: (...parts: unknown[]) => unknown = function () {
		return arguments;
	};
	const consent = (when: string, granted: (purpose: string) => unknown) =>
		command('consent', when, {
			...Object.fromEntries(Object.keys(purposes).map(type => [type, granted(purposes[type]) ? 'granted' : 'denied'])),
			security_storage: 'granted',
		});
	const update = () => page.dataLayer.push(consent('update', may));
	// Before all that the page queued, because commands that come earlier would not know
	// of it. Where a Google script runs already, it sees only what is pushed.
	(page.dataLayer = page.dataLayer || [])[page.google_tag_manager ? 'push' : 'unshift'](
		consent('default', () => 0),
		command('set', 'ads_data_redaction', true),
	);
	if (told().method || Object.values(purposes).some(may)) update();
	return update;
};

export default make;
