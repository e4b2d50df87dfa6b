// The visitor's choice in this page: read, made, and taken over from other pages.

import { day, formatCookie, parseCookie, type Answers, type Choice, type Method } from './cookie';
import { emit } from './events';
import { clear, show } from './layer';
import { note, send } from './receipt';
import { site, words } from './site';
import { allowed, apply, choosable, everything } from './state';
import type { ChoiceDetail } from '../latchkey';

/** The choice that stands; undefined as long as there is none. */
export let choice: Choice | undefined;

const ids = choosable(site.p);
const asked = ids.filter(id => site.p[id] === 1);

/** Whether technologies of the purpose may run now. */
export const may = (purpose: string): boolean => allowed(site.p, choice, purpose);

/** The choice as the page is told of it. */
export const told = (): ChoiceDetail => ({ ...choice, on: { ...choice?.on } });

/** What the preferences start from: the choice and its day, or what is on without one. */
export const state = (): { on: Answers; date?: string } => ({ on: apply(site.p, choice, {}), date: choice?.date });

/** Reads the stored choice. Returns whether that changed anything; a choice that can't be stored stays. */
export function reread(): boolean {
	try {
		const stored = parseCookie(document.cookie, site.r, ids, day(), site.m);
		if (stored && JSON.stringify(stored) !== JSON.stringify(choice)) {
			choice = stored;
			return true;
		}
	} catch {} // A page in a sandbox may not read cookies.
	return false;
}

/** Draws the first layer: the banner, if there is something to ask. */
export const draw = (after?: boolean): void => show(!choice && !!asked[0], asked.some(may), after);

/**
 * Makes a choice. At once it counts, is stored and is seen; the rest follows when
 * that was painted, or when the page is left or paints nothing.
 */
export function choose(on: Answers, method: Method, edition = words.e): void {
	const before = asked.some(may);
	const made = (choice = { date: day(), method, on: apply(site.p, choice, on) });
	const yes = before || asked.some(may);
	try {
		// Months of 31 days: it is the date inside that ends the choice, not the browser.
		document.cookie =
			`latchkey=${formatCookie(made, site.r)};Path=${site.c};Max-Age=${site.m * 2678400};SameSite=Lax` +
			(location.protocol === 'https:' ? ';Secure' : '');
	} catch {}
	clear();
	let rest = () => {
		rest = () => {};
		note(made.on, method, edition, yes);
		draw(true);
		emit('choice', told());
		send();
	};
	const finish = () => rest();
	requestAnimationFrame(() => setTimeout(finish));
	setTimeout(finish, 300);
	addEventListener('pagehide', finish);
}

/** Accept all or Reject all. */
export const chooseAll = (yes: boolean, method: Method): void => choose(everything(site.p, yes), method);
