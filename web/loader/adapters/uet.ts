// Microsoft Advertising: consent mode of universal event tracking (UET).
// https://help.ads.microsoft.com/#apex/ads/en/60119

import type { Make } from '../adapter';

const make: Make<Record<'ad_storage', string>> = ({ ad_storage }) => ({ may, told }) => {
	const page = window as any;
	// The queue becomes an object of the same name when the script has run; both take push.
	const say = (when: string, granted?: boolean) =>
		(page.uetq = page.uetq || []).push('consent', when, { ad_storage: granted ? 'granted' : 'denied' });
	const update = () => say('update', may(ad_storage));
	say('default');
	if (told().method) update();
	return update;
};

export default make;
