// The queue of receipts: a choice is noted in storage before it is sent, and
// stays there until the server has it. The server knows an event by its id, so
// one that is sent twice counts once.

import type { Answers, Method } from './cookie';
import { base, site } from './site';

/** What POST /api/receipts takes, but for the age: consent.Submission. */
interface Submission {
	event: string;
	site: string;
	edition: string;
	answers: Record<string, 'yes' | 'no'>;
	method: Method;
	gpc: boolean;
	previous?: string;
}

/** The id of a receipt, and what opens it. */
interface Receipt {
	receipt: string;
	token: string;
}

/** What the device keeps: submissions with the time of the choice in milliseconds and whether to keep the receipt; the receipt. */
export interface Kept {
	q: [Submission, number, boolean][];
	r?: Receipt;
}

const key = 'latchkey.' + site.s;
/** Serves where storage does not. */
let memory: Kept = { q: [] };
/** The receipt of a choice made in this page, even where the device is to keep none. */
let latest: Receipt | undefined;
let sending = Promise.resolve();

/** Notes a choice for sending. yes: something is or was accepted. Somebody who only refused keeps no id on the device. */
export function note(on: Answers, method: Method, edition: string, yes: boolean): void {
	const { q, r } = read();
	const answers: Submission['answers'] = {};
	for (const id in on) answers[id] = on[id] ? 'yes' : 'no';
	latest = undefined;
	// A blob's address ends in a random UUID (File API, section 8.3); crypto.randomUUID is missing on pages without TLS.
	const event = URL.createObjectURL(new Blob()).slice(-36);
	q.push([{ event, site: site.s, edition, answers, method, gpc: (navigator as any).globalPrivacyControl === true, previous: r?.receipt }, Date.now(), yes || !!r]);
	write({ q, r });
}

/** Sends what waits, one after the other. Settles when all is sent, or has to wait longer. */
export const send = (): Promise<void> => (sending = sending.then(deliver));

async function deliver() {
	try {
		for (const [submission, time, keep] of read().q) {
			const answer = await fetch(base + '/api/receipts', {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify({ ...submission, age: Math.max(0, Date.now() - time) / 1000 | 0 }),
				credentials: 'omit',
				keepalive: true,
				referrer: '',
			});
			if (answer.ok) {
				const { receipt, token } = await answer.json();
				latest = { receipt, token };
				// Of the refusals, a 4xx is for good, but for those that ask for patience.
			} else if (!/^4(?!08|25|29)/.test(answer.status as any)) return;
			const { q, r } = read();
			write({ q: q.filter(([{ event }]) => event !== submission.event), r: (keep && latest) || r });
		}
	} catch {} // No network, or an answer that is not the server's.
}

/** What is kept, and the receipt of a choice made in this page even where the device keeps none. */
export const held = (): Kept => ({ r: latest, ...read() });

/** Reads the queue afresh, since other pages of the site send from it too. */
function read(): Kept {
	try {
		const kept = JSON.parse(localStorage.getItem(key)!);
		if (Array.isArray(kept.q)) memory = kept;
	} catch {}
	return memory;
}

function write(kept: Kept) {
	memory = kept;
	try {
		localStorage[kept.q[0] || kept.r ? 'setItem' : 'removeItem'](key, JSON.stringify(kept));
	} catch {}
}
