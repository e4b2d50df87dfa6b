// The queue of receipts: a choice is noted in storage before it is sent, and
// stays there until the server has it. The server knows an event by its id, so
// one that is sent twice counts once.

import type { Answers, Method } from './cookie';
import { base, site } from './site';

/** What POST /api/receipts takes: consent.Submission. As long as it waits, its age is the time of the choice in milliseconds. */
interface Submission {
	event: string;
	site: string;
	edition: string;
	answers: Record<string, 'yes' | 'no'>;
	method: Method;
	gpc: boolean;
	previous?: string;
	age: number;
}

/** The server's answer: id of a receipt, what opens it, and the server's time. */
export interface Receipt {
	receipt: string;
	token: string;
	time: string;
}

/** What the device keeps: submissions, each with whether its receipt is to be kept, and that receipt. */
export interface Kept {
	q: [Submission, boolean][];
	r?: Receipt;
}

const key = 'latchkey.' + site.s;
let kept: Kept = { q: [] };
/** The receipt of a choice made in this page, even where the device is to keep none. */
let latest: Receipt | undefined;
let sending = Promise.resolve();

/** Notes a choice for sending. yes: something is or was accepted. Somebody who only refused keeps no id on the device. */
export function note(on: Answers, method: Method, edition: string, yes: boolean): void {
	load();
	const answers: Submission['answers'] = {};
	for (const id in on) answers[id] = on[id] ? 'yes' : 'no';
	kept.q.push([
		{
			// A blob's address ends in a random UUID (File API, section 8.3); crypto.randomUUID is missing on pages without TLS.
			event: URL.createObjectURL(new Blob()).slice(-36),
			site: site.s,
			edition,
			answers,
			method,
			gpc: !!(navigator as any).globalPrivacyControl,
			previous: kept.r?.receipt,
			age: Date.now(),
		},
		yes || !!kept.r,
	]);
	save();
}

/** Sends what waits, one after the other. Settles when all is sent, or has to wait longer. */
export const send = (): Promise<void> => (sending = sending.then(deliver).catch(() => {})); // No network, or an answer that is not the server's.

async function deliver() {
	load();
	for (const [submission, keep] of kept.q) {
		const answer = await fetch(base + '/api/receipts', {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ ...submission, age: (Math.max(0, Date.now() - submission.age) / 1000) | 0 }),
			credentials: 'omit',
			keepalive: true,
			referrer: '',
		});
		// A refusal is for good, unless it asks for patience.
		if (!/^(2|4(?!08|25|29))/.test(answer.status as any)) return;
		if (answer.ok) latest = await answer.json();
		load();
		kept.q = kept.q.filter(([{ event }]) => event !== submission.event);
		if (answer.ok && keep) kept.r = latest;
		save();
	}
}

/** What is kept, and the receipt of a choice made in this page even where the device keeps none. */
export const held = (): Kept => {
	load();
	return { ...kept, r: latest || kept.r };
};

/** Reads the queue afresh, since other pages of the site send from it too. Where there is no storage, memory serves. */
function load() {
	try {
		const stored = JSON.parse(localStorage.getItem(key)!);
		if (stored.q.push) kept = stored;
	} catch {}
}

function save() {
	try {
		localStorage[kept.q[0] || kept.r ? 'setItem' : 'removeItem'](key, JSON.stringify(kept));
	} catch {}
}
