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

/** The server's answer, and the day of the choice. */
export interface Receipt {
	receipt: string;
	token: string;
	date: string;
}

/** A submission, the time of the choice in milliseconds, its day, and whether the receipt is to be kept on the device. */
type Pending = [Submission, number, string, boolean];

interface Kept {
	q: Pending[];
	r?: Receipt;
}

let memory: Kept = { q: [] };
/** The receipt of a choice made in this page, even where the device keeps none. */
let latest: Receipt | undefined;
let sending: Promise<void> = Promise.resolve();

export const gpc = (): boolean => (navigator as any).globalPrivacyControl === true;

/** Notes a choice for sending. yes: something is or was accepted; somebody who only refused keeps no id on the device. */
export function note(on: Answers, method: Method, edition: string, date: string, yes: boolean): void {
	const kept = read();
	const answers: Submission['answers'] = {};
	for (const id of Object.keys(on)) answers[id] = on[id] ? 'yes' : 'no';
	latest = undefined;
	const submission = { event: uuid(), site: site.s, edition, answers, method, gpc: gpc(), previous: kept.r?.receipt };
	write({ ...kept, q: kept.q.concat([[submission, Date.now(), date, yes || !!kept.r]]).slice(-20) });
}

/** Sends what waits, one after the other. Settles when all is sent, or when it has to wait longer. */
export const send = (): Promise<void> => (sending = sending.then(deliver, deliver));

async function deliver() {
	for (const [submission, time, date, keep] of read().q) {
		try {
			const { ok, status, ...rest } = await post({
				...submission,
				age: Math.max(0, Math.round((Date.now() - time) / 1000)),
			});
			if (!ok && (status < 400 || status > 499 || [408, 425, 429].indexOf(status) >= 0)) return;
			const { q, r } = read();
			if (ok) latest = { receipt: rest.receipt, token: rest.token, date };
			write({ q: q.filter(([{ event }]) => event !== submission.event), r: (keep && latest) || r });
		} catch {
			return; // No network, or an answer that is not the server's.
		}
	}
}

async function post(body: object) {
	const answer = await fetch(base + '/api/receipts', {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
		credentials: 'omit',
		keepalive: true,
		referrerPolicy: 'no-referrer',
	});
	const { ok, status } = answer;
	return { ok, status, ...(ok && (await answer.json())) } as { ok: boolean; status: number; receipt: string; token: string };
}

/** The receipt that can be shown, and what has become of the latest one. */
export function standing(): { receipt: Receipt | null; kept: 'no' | 'waiting' | 'stored' } {
	const { q, r } = read();
	const receipt = (!q.length && (latest || r)) || null;
	return { receipt, kept: q.length ? 'waiting' : receipt ? 'stored' : 'no' };
}

const key = () => 'latchkey.' + site.s;

/** Reads the queue afresh, since other pages of the site send from it too. Memory serves where storage does not. */
function read(): Kept {
	try {
		const kept = JSON.parse(localStorage.getItem(key())!);
		if (Array.isArray(kept.q)) memory = kept;
	} catch {}
	return memory;
}

function write(kept: Kept) {
	memory = kept;
	try {
		if (kept.q.length || kept.r) localStorage.setItem(key(), JSON.stringify(kept));
		else localStorage.removeItem(key());
	} catch {}
}

/** A random UUID (RFC 9562, version 4). crypto.randomUUID is missing on pages without TLS. */
function uuid() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = (bytes[6] & 15) | 64;
	bytes[8] = (bytes[8] & 63) | 128;
	return Array.from(bytes, (byte, i) => (i > 3 && i < 11 && i % 2 < 1 ? '-' : '') + (byte + 256).toString(16).slice(1)).join('');
}
