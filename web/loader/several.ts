// Several consent cookies in one page: twin of consent.Agreed in app/consent. Both
// are held to testdata/vectors/cookie.json.

import { day, type Choice } from './cookie';
import type { Purposes } from './site';
import { answerAll, apply, exempt } from './state';

/** Whether two choices say the same. */
const agree = (a: Choice, b: Choice): boolean =>
	[...Object.keys(a.on), ...Object.keys(b.on)].every(id => a.on[id] === b.on[id]);

/**
 * The choice that several answers come to, of which those that do not stand are undefined. They are one choice if all say the same, and
 * then it is the earliest, which ends first. If not, nobody can tell which one is the visitor's: another website under
 * the same domain can set a cookie here, of whatever date. Then there is none, but what one of them objects to stays off.
 */
export function settle(choices: (Choice | undefined)[], purposes: Purposes): Choice | undefined {
	let [first, ...others] = choices;
	for (const other of others) {
		if (!first || !other || !agree(first, other)) first = undefined;
		else if (other.date < first.date) first = other;
	}
	if (first) return first;
	const objected = exempt(purposes).filter(id => choices.some(choice => choice?.on[id] === false));
	if (objected.length) return { date: day(), method: 'object', gpc: false, on: apply(purposes, undefined, answerAll(objected, false)) };
}
