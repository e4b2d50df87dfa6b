// The queue of receipts: a choice is noted in storage before it is sent, and
// stays there until the server has it. What sends it is a part of its own, which
// the loader fetches once a choice can be expected; see send.ts.

import type { Answers, Method } from './cookie';
import { kit } from './kit';
import { gpc, part, site } from './site';
import { own } from './state';

/** How what is noted came about. */
type Way = Method | 'allow-once';

/** A choice that waits to be sent. */
export interface Note {
	event: string;
	edition: string;
	on: Answers;
	method: Way;
	gpc: boolean;
	previous?: string;
	/** Time of the choice in milliseconds; what is sent says how long ago that was. */
	age: number;
}

/** The server's answer: id of a receipt, what opens it, and the server's time. Who is not known to have sent the choice gets no token. */
export interface Receipt {
	receipt: string;
	token?: string;
	time: string;
}

/** What the device keeps: choices, each with whether its receipt is to be kept and, once it was sent, with its secret; and that receipt. */
export interface Kept {
	q: [Note, boolean, string?][];
	r?: Receipt;
	/** Purposes that were withdrawn, to be looked after when the page has been loaded again. */
	w?: string[];
}

const key = 'latchkey.' + site.s;
let kept = own<Kept>({ q: [] });
/** What was noted last in this page. */
export let noted: Kept['q'][0];

/** Reads what is kept afresh, since other pages of the site send from it too. Where there is no storage, memory serves. */
export function load(): Kept {
	try {
		const stored = JSON.parse(localStorage.getItem(key)!);
		if (stored.q.push) kept = own(stored);
	} catch {}
	return kept;
}

/** Keeps it. Nothing is left on the device when there is nothing to keep. A page may have a JSON of its own: send.ts writes it anew. */
export function save(): void {
	try {
		localStorage[kept.q.length || kept.r || kept.w ? 'setItem' : 'removeItem'](key, JSON.stringify(kept));
	} catch {}
}

/** Notes a choice for sending. yes: something is or was accepted. Somebody who only refused keeps no id on the device. */
export function note(on: Answers, method: Way, edition: string, yes: boolean): void {
	load();
	noted = [
		{
			// A blob's address ends in a random UUID (File API, section 8.3); crypto.randomUUID is missing on pages without TLS.
			event: URL.createObjectURL(new Blob()).slice(-36),
			edition,
			on,
			method,
			gpc,
			previous: kept.r?.receipt,
			age: Date.now(),
		},
		yes || !!kept.r,
	];
	kept.q.push(noted);
	save();
}

/** Sends what waits. Settles with what is then kept. */
export const send = (): Promise<Kept> => part('send').then(({ send }) => send(kit()), load);
