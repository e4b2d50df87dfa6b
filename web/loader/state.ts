// What follows from a choice: twin of app/consent/state.go. Both are held to
// testdata/vectors/state.json. A state is the site's purposes and, once there is
// one, the choice. The effects that the Go side lists are, here, the
// differences in what is allowed: the gate looks at them itself.
//
// Pages put properties of their own into every object, and methods of their own
// over those of arrays. So nothing here asks an object for what may not be its
// own, and lists are gone through in loops.

import type { Answers, Choice } from './cookie';
import type { Purposes } from './site';

/** The purposes that Global Privacy Control refuses. */
export const refusable = (purposes: Purposes): string[] => select(purposes, '0001');

/** The purposes of some kinds. kinds has a 1 in the place of each of them. */
const select = (purposes: Purposes, kinds: string): string[] => {
	const ids: string[] = [];
	for (const id in purposes) if (+kinds[purposes[id]]) ids[ids.length] = id;
	return ids;
};

/** The purposes that can be chosen. */
export const choosable = (purposes: Purposes): string[] => select(purposes, '0111');

/** The purposes that are asked for, so that Accept all and Reject all answer them: not the exempt ones, whose objection has its own switch. */
export const askable = (purposes: Purposes): string[] => select(purposes, '0101');

/** The exempt purposes. */
export const exempt = (purposes: Purposes): string[] => select(purposes, '001');

/** Whether technologies of the purpose may run. A purpose that the site does not have never may. */
export const allowed = (purposes: Purposes, choice: Choice | undefined, id: string): boolean =>
	purposes[id] === 0 || (purposes[id] > 0 && (choice?.on[id] ?? purposes[id] === 2));

/** Whether there is something to ask. With Global Privacy Control, what that refuses is not. */
export function open(purposes: Purposes, choice: Choice | undefined, gpc: boolean): boolean {
	for (const id of askable(purposes)) if (!(gpc && purposes[id] === 3) && choice?.on[id] === undefined) return true;
	return false;
}

/** A copy of what is an object's own, so that it has nothing that a page has put into every object. */
export const own = <T extends object>(from: T): T => ({ __proto__: null, ...from }) as T;

/** One answer to several purposes. Accept all and Reject all answer what is asked for. */
export function answerAll(ids: string[], yes: boolean): Answers {
	const on = own<Answers>({});
	for (const id of ids) on[id] = yes;
	return on;
}

/**
 * All answers after some were given. Those to purposes that the site does not
 * have are dropped; purposes that were left out keep the answer that they have.
 */
export function apply(purposes: Purposes, choice: Choice | undefined, given: Answers): Answers {
	const on = own<Answers>({});
	const said = own({ ...choice?.on, ...given });
	for (const id of choosable(purposes)) if (typeof said[id] === 'boolean') on[id] = said[id];
	return on;
}

/** A choice as it stands with Global Privacy Control: one made without the signal gives way to it. */
export function applyGPC(purposes: Purposes, choice: Choice): Choice {
	const refused = Object.keys(choice.on).filter(id => purposes[id] === 3);
	return choice.gpc ? choice : { ...choice, gpc: true, on: own({ ...choice.on, ...answerAll(refused, false) }) };
}
