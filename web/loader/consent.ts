// The visitor's choice in this page: read, made, and taken over from other pages.

import { day, formatCookie, parseCookie, several, type Answers, type Choice, type Method } from './cookie';
import { html, ofDocument } from './dom';
import { emit } from './events';
import { kit } from './kit';
import { clear, root, show } from './layer';
import { note, send } from './receipt';
import { foreign, gpc, lang, part, site, words } from './site';
import { answerAll, allowed, apply, askable, choosable, exempt, open, refusable } from './state';
import { write } from './write';
import type { ChoiceDetail } from '../latchkey';

/** The choice that stands; undefined as long as there is none. */
export let choice: Choice | undefined;

/** What tells the vendors of a decision. */
export const signals: (void | (() => void))[] = [];

const ids = choosable(site.p);
const asked = askable(site.p);
const objectable = exempt(site.p);

/** All consent cookies that the page sees. */
let cookies = '';
/** Set once other words are asked for, and settled when they are those for this visitor. */
let prepared: Promise<void> | undefined;

/** Whether technologies of the purpose may run now. */
export const may = (purpose: string): boolean => allowed(site.p, choice, purpose);

/** Whether technologies of one of the purposes may run now. */
function any(purposes: string[]): boolean {
	for (const id of purposes) if (may(id)) return true;
	return false;
}

/** Whether the browser sends Global Privacy Control, and that refuses something here. */
const shared = gpc && !!refusable(site.p)[0];

/** The choice as the page is told of it: a copy, with what was answered. */
export const told = (): ChoiceDetail => ({ ...choice, on: { ...choice?.on } });

/** What the preferences start from: what is on, whether all is answered, and the day of the choice. */
export function state() {
	const on: Record<string, boolean> = {};
	for (const id of ids) on[id] = may(id);
	return { on, chosen: !open(site.p, choice, gpc), date: choice?.date };
}

/** Reads the stored choice. Returns whether that changed anything; a choice that can't be stored stays. */
export function reread(): true | undefined {
	try {
		cookies = ofDocument('cookie');
		// Another website under the same domain may have set one of them. Until hint.ts has looked at them they are a no.
		if (several(cookies)) choice ||= { on: answerAll(objectable, false) } as Choice;
		const stored = parseCookie(cookies, site.r, ids, day(), site.m);
		// One made before the signal gives way to it first, see hint.ts.
		if (stored && (stored.gpc || !shared) && !(choice && formatCookie(stored, site.r) === formatCookie(choice, site.r))) {
			choice = stored;
			return true;
		}
	} catch {} // A page in a sandbox may not read cookies.
}

/** Draws the first layer: the banner, if there is something to ask. */
export function draw(after?: boolean): void {
	const go = () => {
		const running = any(objectable);
		show(open(site.p, choice, gpc), { consented: any(asked), exempt: running, objected: !running }, after);
	};
	// Somebody who is asked again is told why, and that a signal was heard.
	const again = !state().chosen && (cookies.includes('latchkey=1') || shared);
	if (again || foreign) (prepared ||= prepare(again)).then(go);
	else go();
}

/** Gets the words for this visitor, as far as they can be had. */
async function prepare(again: boolean) {
	try {
		if (foreign) Object.assign(words, (await part('words-' + lang)).words);
	} catch {}
	try {
		if (again) (await part('hint')).prepare(kit());
	} catch {}
	if (reread()) decided();
}

/**
 * Looks again at what other pages may have changed, when this one comes into view: at first, and out of the browser's cache.
 * For somebody who has chosen, the control is all that there is to draw, and it waits until the page has loaded.
 */
export function refresh(): void {
	// A page may hide everything, its root included. The root alone is shown again.
	if (getComputedStyle(html).display === 'none') (html.style.cssText += ';display:block!important');
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
	const before = any(asked);
	const made = (choice = { date: day(), method, gpc, on: apply(site.p, choice, on) });
	const yes = before || any(asked);
	write(made, site);
	if (state().chosen) clear();
	let finished: boolean | undefined;
	const finish = () => {
		if (finished) return;
		finished = true;
		note(made.on, method, edition, yes);
		draw(true);
		decided();
		send();
	};
	requestAnimationFrame(() => setTimeout(finish));
	setTimeout(finish, 300);
	addEventListener('pagehide', finish);
}

/** Accept all or Reject all. */
export const chooseAll = (yes: boolean, method: Method): void => choose(answerAll(asked, yes), method);

/** Objects to everything that runs without consent. */
export const object = (): void => choose(answerAll(objectable, false), 'object');
