// The visitor's choice in this page: read, made, and taken over from other pages.

import { day, formatCookie, readCookie, storeCookie, type Answers, type Choice, type Method } from './cookie';
import { emit } from './events';
import { show } from './layer';
import { note, send } from './receipt';
import { site, words } from './site';
import { allowed, apply, everything, stands } from './state';
import type { ChoiceDetail } from '../latchkey';

/** The choice that stands; undefined as long as there is none. */
export let choice: Choice | undefined;

/** Whether technologies of the purpose may run now. */
export const may = (purpose: string): boolean => allowed(site.p, choice, purpose);

/** The choice as the page is told of it. */
export const told = (): ChoiceDetail => ({ choices: { ...choice?.on }, method: choice?.method, date: choice?.date });

/** Whether the purpose is by consent. */
const asked = (id: string) => site.p[id] === 1;
const consented = () => Object.keys(site.p).some(id => asked(id) && may(id));

/** Reads the stored choice. Returns whether that changed anything; a choice that can't be stored stays. */
export function reread(): boolean {
	const stored = readCookie();
	if (
		!stored ||
		!stands(stored, site.p, site.r, day(), site.m) ||
		(choice && formatCookie(choice) === formatCookie(stored))
	)
		return false;
	choice = stored;
	return true;
}

/** Draws the first layer: the banner, if there is something to ask. */
export const draw = (after?: boolean): void => show(!choice && Object.keys(site.p).some(asked), consented(), after);

/** Makes a choice: first it counts and is stored, then it is seen, and once it was seen it is acted upon and sent. */
export function choose(on: Answers, method: Method, edition = words.e): void {
	const before = consented();
	choice = { date: day(), revision: site.r, method, on: apply(site.p, choice, on) };
	storeCookie(choice, site.c, site.m);
	note(choice.on, method, edition, before || consented());
	draw(true);
	requestAnimationFrame(() =>
		setTimeout(() => {
			emit('choice', told());
			send();
		}),
	);
}

/** Accept all or Reject all. */
export const chooseAll = (yes: boolean, method: Method): void => choose(everything(site.p, choice, yes), method);
