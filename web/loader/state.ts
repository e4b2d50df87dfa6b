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
	purposes[id] === 0 || (choice ? purposes[id] > 0 && choice.on[id] : purposes[id] === 2);

/**
 * What Accept all or Reject all answers. A refusal leaves exempt purposes as they
 * are: objecting to them has its own switch (PECR Schedule A1 paras 5 and 6).
 */
export const everything = (purposes: Purposes, yes: boolean): Answers =>
	Object.fromEntries(
		choosable(purposes)
			.filter(id => yes || purposes[id] === 1)
			.map(id => [id, yes]),
	);

/**
 * All answers after some were given. Those to purposes that the site does not
 * have are dropped; purposes that were left out keep their present setting.
 */
export const apply = (purposes: Purposes, choice: Choice | undefined, given: Answers): Answers =>
	Object.fromEntries(
		choosable(purposes).map(id => [id, typeof given[id] === 'boolean' ? given[id] : allowed(purposes, choice, id)]),
	);
