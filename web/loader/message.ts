// What the privacy centre in the panel's frame may say to the host page. Held
// to testdata/vectors/messages.json.

import type { Answers, Method } from './cookie';

export type Message =
	| { type: 'set'; on: Answers; method: Method; edition: string }
	| { type: 'size'; height: number }
	| { type: 'erased'; receipts: string[] }
	| { type: 'close' };

/** The methods of the centre's own buttons: spelt out, as the panel has no other use for the list of all. */
const OWN: Method[] = ['accept-all', 'reject-all', 'save', 'withdraw', 'object'];

/**
 * Checks the data of a message event against the exact form of a message: just
 * these fields, and only purposes that can be chosen. Where it came from is for
 * the caller to check.
 */
export function parseMessage(data: any, purposes: string[]): Message | undefined {
	if (!data || data.latchkey !== 1) return;
	const { type, on, method, edition, height, receipts } = data;
	switch (Object.keys(data).sort().join()) {
		case 'latchkey,type':
			if (type === 'close') return data;
			break;
		case 'height,latchkey,type':
			if (type === 'size' && typeof height === 'number' && height > 0 && height < 1e5) return data;
			break;
		case 'latchkey,receipts,type':
			if (type === 'erased' && isReceipts(receipts)) return data;
			break;
		case 'edition,latchkey,method,on,type':
			if (
				type === 'set' &&
				OWN.includes(method) &&
				typeof edition === 'string' &&
				/^[\w-]{22}$/.test(edition) &&
				isAnswers(on, purposes)
			)
				return data;
	}
}

/** Ids of receipts: a history of a device has no more than 500. */
const isReceipts = (receipts: any): receipts is string[] =>
	Array.isArray(receipts) &&
	receipts.length > 0 &&
	receipts.length <= 500 &&
	receipts.every(id => typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id));

function isAnswers(on: any, purposes: string[]): on is Answers {
	if (typeof on !== 'object' || !on) return false;
	const ids = Object.keys(on);
	return ids.length > 0 && ids.every(id => purposes.includes(id) && typeof on[id] === 'boolean');
}
