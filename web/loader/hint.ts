// A part of the loader: other words for the banner, where the visitor has answered
// an earlier revision of the questions, or their browser sends Global Privacy
// Control. It comes for such visitors only.

import { day, parseCookie } from './cookie';
import { ofDocument } from './dom';
import { expire } from './expire';
import type { Kit } from './kit';
import { settle } from './several';
import type { Tree, Words } from './site';
import { applyGPC, choosable } from './state';
import { write } from './write';

/** What the server puts in place of LATCHKEY. */
interface Data {
	/** Revision of the questions that are asked now. */
	r: string;
	/** By language. */
	l: Record<string, Hints>;
}

interface Hints {
	/** The banner as it is for everybody else. */
	b: [tag: string, attributes: Record<string, string>, title: Tree, ...rest: Tree[]];
	/**
	 * By what the visitor comes with: the revision that they answered, "?" for one that
	 * is not known, or nothing; followed by a + for Global Privacy Control.
	 */
	w: Record<string, Hint>;
}

interface Hint {
	/** Id of the edition. */
	e: string;
	/** What comes after the banner's title. */
	n: Tree[];
}

declare const LATCHKEY: Data;

const { r, l } = LATCHKEY;

/**
 * The words for somebody who answered the revision since, if any, and whose browser
 * does or does not send Global Privacy Control; undefined if they are the usual ones.
 */
export function words(lang: string, since: string | undefined, gpc: boolean): Pick<Words, 'e' | 'b'> | undefined {
	const { b, w } = l[lang];
	// It says nothing where the site asks for nothing that the signal refuses.
	const mark = gpc && w['+'] ? '+' : '';
	const hint = w[(!since || since === r ? '' : w[since] ? since : '?') + mark];
	if (!hint) return;
	const [tag, attributes, title, ...rest] = b;
	return { e: hint.e, b: [tag, attributes, title, ...hint.n, ...rest] };
}

/**
 * Prepares a page for a visitor who comes with a cookie that is no answer, with several, or with
 * Global Privacy Control. A choice made before the signal gives way to it. What several come to is
 * written as the only one; without a choice the usual words give way to those for this visitor.
 */
export function prepare({ site, words: usual, lang }: Kit): void {
	const gpc = (navigator as any).globalPrivacyControl === true;
	const ids = choosable(site.p);
	const cookies = ofDocument('cookie').split(/; ?/).filter(cookie => cookie.startsWith('latchkey=1'));
	const choices = cookies
		.map(cookie => parseCookie(cookie, site.r, ids, day(), site.m))
		.map(choice => (choice && gpc ? applyGPC(site.p, choice) : choice));
	const stands = settle(choices, site.p);
	if (cookies.length > 1) expire('latchkey');
	if (stands) write(stands, site);
	const [, since] = (cookies.length === 1 && /^latchkey=1\.[\d-]+\.([\da-f]{8})\./.exec(cookies[0])) || [];
	Object.assign(usual, words(lang, stands ? site.r : since, gpc));
}
