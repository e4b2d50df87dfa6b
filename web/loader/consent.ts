// The visitor's choice in this page: read, made, and taken over from other pages.

import { day, parseCookie, type Answers, type Choice, type Method } from './cookie';
import { html } from './dom';
import { emit } from './events';
import { kit } from './kit';
import { clear, root, show } from './layer';
import { note, send } from './receipt';
import { gpc, part, site, words } from './site';
import { alike, allowed, apply, askable, choosable, open } from './state';
import { write } from './write';
import type { ChoiceDetail } from '../latchkey';

/** The choice that stands; undefined as long as there is none. */
export let choice: Choice | undefined;

/** What tells the vendors of a decision. */
export const signals: (void | (() => void))[] = [];

const ids = choosable(site.p);
const asked = askable(site.p);
const exempt = ids.filter(id => !asked.includes(id));

/** All consent cookies that the page sees. */
let cookies = '';
/** Set once hint.ts is asked for, and settled when the words are those for this visitor. */
let prepared: Promise<unknown> | undefined;

/** Whether the browser sends Global Privacy Control, and that refuses something here. */
const shared = gpc && asked.some(id => site.p[id] === 3);

/** Whether technologies of the purpose may run now. */
export const may = (purpose: string): boolean => allowed(site.p, choice, purpose);

/** The choice as the page is told of it: a copy, with what was answered. */
export const told = (): ChoiceDetail => JSON.parse(JSON.stringify({ on: {}, ...choice }));

/** What the preferences start from: what is on, whether all is answered, and the day of the choice. */
export const state = () => ({
	on: Object.fromEntries(ids.map(id => [id, may(id)])),
	chosen: !open(site.p, choice, gpc),
	date: choice?.date,
});

/** Reads the stored choice. Returns whether that changed anything; a choice that can't be stored stays. */
export function reread(): true | undefined {
	try {
		cookies = document.cookie;
		const stored = parseCookie(cookies, site.r, ids, day(), site.m);
		// One made before the signal gives way to it first, see hint.ts.
		if (stored && (stored.gpc || !shared) && JSON.stringify(stored) !== JSON.stringify(choice)) {
			choice = stored;
			return true;
		}
	} catch {} // A page in a sandbox may not read cookies.
}

/** Draws the first layer: the banner, if there is something to ask. */
export function draw(after?: boolean): void {
	const go = () => {
		const objected = !exempt.some(may);
		show(open(site.p, choice, gpc), { consented: asked.some(may), exempt: !objected, objected }, after);
	};
	// Somebody who is asked again is told why, and that a signal was heard.
	if (!state().chosen && (/(^| )latchkey=1/.test(cookies) || shared))
		(prepared ||= part('hint')
			.then(hint => hint.prepare(kit()))
			.catch(() => {})
			.then(() => reread() && decided())).then(go);
	else go();
}

/**
 * Looks again at what other pages may have changed, when this one comes into view: at first, and out of the browser's cache.
 * For somebody who has chosen, the control is all that there is to draw, and it waits until the page has loaded.
 */
export function refresh(): void {
	// A page may hide everything, its root included. The root alone is shown again.
	if (getComputedStyle(html).display === 'none') html.style.setProperty('display', 'block', 'important');
	if (reread()) {
		draw();
		decided();
	}
	if (!root) draw();
}

/** Tells everybody of a decision: the vendors before anything is released or taken away. */
function decided() {
	for (const signal of signals) {
		try {
			signal?.();
		} catch {}
	}
	emit('choice', told());
}

/**
 * Makes a choice. At once it counts, is stored and is seen; the rest follows when
 * that was painted, or when the page is left or paints nothing.
 */
export function choose(on: Answers, method: Method, edition = words.e): void {
	const before = asked.some(may);
	const made = (choice = { date: day(), method, gpc, on: apply(site.p, choice, on) });
	const yes = before || asked.some(may);
	write(made, site);
	if (state().chosen) clear();
	let rest = () => {
		rest = () => {};
		note(made.on, method, edition, yes);
		draw(true);
		decided();
		send();
	};
	const finish = () => rest();
	requestAnimationFrame(() => setTimeout(finish));
	setTimeout(finish, 300);
	addEventListener('pagehide', finish);
}

/** Accept all or Reject all. */
export const chooseAll = (yes: boolean, method: Method): void => choose(alike(asked, yes), method);

/** Objects to everything that runs without consent. */
export const object = (): void => choose(alike(exempt, false), 'object');
