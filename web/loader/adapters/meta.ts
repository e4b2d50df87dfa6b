// Meta Pixel: consent is revoked before init on every page, and granted after it.
// https://developers.facebook.com/docs/meta-pixel/implementation/gdpr

import type { Make } from '../adapter';

const make: Make<Record<'pixel', string>> = ({ pixel }) => ({ may }) => {
	const page = window as any;
	let fbq = page.fbq;
	let revoked = false;
	const tell = () => fbq && fbq('consent', may(pixel) ? 'grant' : 'revoke');
	const first = () => {
		if (fbq && !revoked) {
			revoked = true;
			fbq('consent', 'revoke');
			if (may(pixel)) tell();
		}
		return fbq;
	};
	// The pixel's own tag does nothing where fbq exists, so we can't queue for it. But
	// what the tag puts there is first read by the page's fbq('init'): we come before.
	if (fbq) first();
	else Object.defineProperty(page, 'fbq', { configurable: true, enumerable: true, get: first, set: value => (fbq = value) });
	return tell;
};

export default make;
