// The consent cookie, twin of app/consent/choice.go and of State.Standing. Both
// sides are held to testdata/vectors/cookie.json.

import { own } from './state';

/** How a choice was made, by its letter in the cookie. */
export const METHODS = own({ a: 'accept-all', b: 'reject-all', c: 'save', d: 'withdraw', e: 'always-allow', f: 'api', g: 'object' } as const);
type Letter = keyof typeof METHODS;
export type Method = (typeof METHODS)[Letter];

/** On or off, by purpose that was answered. Those of a choice are in alphabetical order, and have nothing that a page has put into every object. */
export type Answers = Record<string, boolean>;

export interface Choice {
	/** Day of the choice, in UTC by the device's clock, YYYY-MM-DD. */
	date: string;
	method: Method;
	/** The browser sent Global Privacy Control then. */
	gpc: boolean;
	on: Answers;
}

/** The day of a time, in UTC. */
export const day = (time = new Date()): string => time.toISOString().slice(0, 10);

/** Writes a choice, made at a revision of the questions, as the cookie's value. It holds no identifier. */
export function formatCookie({ date, method, gpc, on }: Choice, revision: string): string {
	let text = `1.${date}.${revision}.`;
	for (const letter in METHODS) if (METHODS[letter as Letter] === method) text += gpc ? letter.toUpperCase() : letter;
	for (const id in on) text += `.${id}:${+on[id]}`;
	return text;
}

/**
 * Finds the choice among a page's cookies, if it still answers the questions:
 * of the same revision, about none but these purposes (in alphabetical order), and
 * not older than months. A date after today (a clock that was wrong) counts, unless
 * the choice would then stand for nearly three years more, which is as good as for ever.
 * A value that breaks the format in any way is no choice, nor are several: that
 * means asking again, never assuming a yes.
 */
export function parseCookie(cookies: string, revision: string, ids: string[], today: string, months: number): Choice | undefined {
	let answers = '';
	for (const id of ids) answers += `(?:\\.${id}:[01])?`;
	const found = RegExp(`(?:^| )latchkey=1\\.([\\d-]+)\\.${revision}\\.([a-gA-G])(?=\\.)(${answers})(?:;|$)`).exec(cookies);
	if (!found || several(cookies)) return;
	const [, date, letter, said] = found;
	const end = new Date(Date.parse(date) || 0);
	// This is also for other forms of a date; and the engine may take 30 February for 2 March.
	if (day(end) !== date) return;
	const left = end.setUTCMonth(end.getUTCMonth() + months) - Date.parse(today);
	const small = letter.toLowerCase();
	const on = own<Answers>({});
	for (const id of ids) if (said.includes(`.${id}:`)) on[id] = said.includes(`.${id}:1`);
	if (left > 0 && left < 9e10) return { date, method: METHODS[small as Letter], gpc: small !== letter, on };
}

/** Whether there are several consent cookies: another website under the same domain may have set one. */
export const several = (cookies: string): boolean => /(^| )latchkey=1.* latchkey=1/.test(cookies);
