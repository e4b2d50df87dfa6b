// What follows from a choice: twin of app/consent/state.go. Both are held to
// testdata/vectors/state.json. A state is the site's purposes and, once there is
// one, the choice. The effects that the Go side lists are, here, the
// differences in what is allowed: the gate looks at them itself.

import type { Answers, Choice } from './cookie';
import type { Purposes } from './site';

/** The purposes that can be chosen, in alphabetical order. */
export const choosable = (purposes: Purposes): string[] =>
	Object.keys(purposes)
		.filter(id => purposes[id])
		.sort();

/** Whether technologies of the purpose may run. A purpose that the site does not have never may. */
export const allowed = (purposes: Purposes, choice: Choice | undefined, id: string): boolean =>
	purposes[id] === 0 || (purposes[id] > 0 && (choice?.on[id] ?? purposes[id] === 2));

/** The purposes that are asked for, so that Accept all and Reject all answer them: not the exempt ones, whose objection has its own switch. */
export const askable = (purposes: Purposes): string[] => choosable(purposes).filter(id => purposes[id] % 2);

/** Whether there is something to ask. With Global Privacy Control, what that refuses is not. */
export const open = (purposes: Purposes, choice: Choice | undefined, gpc: boolean): boolean =>
	askable(purposes).some(id => !(gpc && purposes[id] === 3) && choice?.on[id] === undefined);

/** One answer to several purposes. Accept all and Reject all answer what is asked for. */
export const alike = (ids: string[], yes: boolean): Answers => Object.fromEntries(ids.map(id => [id, yes]));

/**
 * All answers after some were given. Those to purposes that the site does not
 * have are dropped; purposes that were left out keep the answer that they have.
 */
export const apply = (purposes: Purposes, choice: Choice | undefined, given: Answers): Answers =>
	Object.fromEntries(choosable(purposes).map(id => [id, typeof given[id] === 'boolean' ? given[id] : choice?.on[id]]));

/** A choice as it stands with Global Privacy Control: one made without the signal gives way to it. */
export const heed = (purposes: Purposes, choice: Choice): Choice =>
	choice.gpc
		? choice
		: { ...choice, gpc: true, on: Object.fromEntries(Object.keys(choice.on).map(id => [id, purposes[id] === 3 ? false : choice.on[id]])) };
