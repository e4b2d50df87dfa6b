// What the privacy centre in the panel's frame may say to the host page. Held
// to testdata/vectors/messages.json.

import { METHODS, type Answers, type Method } from './cookie';
import type { Basis } from './site';

export type Message =
	| { type: 'set'; on: Answers; method: Method; edition: string }
	| { type: 'size'; height: number }
	| { type: 'close' };

/**
 * Checks the data of a message event against the exact form of a message: just
 * these fields, and only purposes that the visitor can choose. Where it came
 * from is for the caller to check.
 */
export function parseMessage(data: any, purposes: Record<string, Basis>): Message | undefined {
	if (!data || data.latchkey !== 1) return;
	const { type, on, method, edition, height } = data;
	const fields = Object.keys(data).sort().join();
	if (
		fields === 'latchkey,type'
			? type === 'close'
			: fields === 'height,latchkey,type'
				? type === 'size' && typeof height === 'number' && height > 0 && height < 1e5
				: fields === 'edition,latchkey,method,on,type' &&
					type === 'set' &&
					METHODS.indexOf(method) >= 0 &&
					METHODS.indexOf(method) < 4 &&
					typeof edition === 'string' &&
					/^[\w-]{22}$/.test(edition) &&
					on &&
					Object.keys(on).length &&
					Object.keys(on).every(id => purposes[id] > 0 && typeof on[id] === 'boolean')
	)
		return data;
}
