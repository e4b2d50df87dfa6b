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
	let place = 0;
	// Before all that the page queued: what a script finds there it takes in order, and
	// would measure the page before it knows. One that runs already sees what is pushed.
	const put = (entry: unknown) => (page.google_tag_manager ? page.dataLayer.push(entry) : page.dataLayer.splice(place++, 0, entry));
	const update = () => put(consent('update', may));
	page.dataLayer = page.dataLayer || [];
	put(consent('default', () => 0));
	put(command('set', 'ads_data_redaction', true));
	if (told().method || Object.values(purposes).some(may)) update();
	return update;
};

export default make;
