import { formatCookie, type Choice } from './cookie';
import { setCookie } from './dom';
import type { Site } from './site';

/** Writes a choice to the cookie, where that can be done. */
export function write(made: Choice, site: Site): void {
	try {
		// Months of 31 days: it is the date inside that ends the choice, not the browser.
		setCookie(
			`latchkey=${formatCookie(made, site.r)};Path=${site.c};Max-Age=${site.m * 2678400};SameSite=Lax` +
			(location.protocol === 'https:' ? ';Secure' : ''),
		);
	} catch {}
}
