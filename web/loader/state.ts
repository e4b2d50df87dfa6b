// What a page knows about consent: twin of app/consent/state.go. Both are held
// to testdata/vectors/state.json. A state is the site's purposes and, once there
// is one, the choice. The effects that the Go side lists are, here, the
// differences in what is allowed: the gate looks at them itself.

import { day, type Answers, type Choice } from './cookie';
import type { Purposes } from './site';

/**
 * Whether a choice still answers the site's questions: same revision, every
 * purpose asked about, and not older than months. A date after today (a clock
 * that was wrong) counts as made today.
 */
export function stands({ date, revision, on }: Choice, purposes: Purposes, current: string, today: string, months: number): boolean {
	const end = new Date(date);
	end.setUTCMonth(end.getUTCMonth() + months);
	return revision === current && day(end) > today && Object.keys(purposes).every(id => !purposes[id] || id in on);
}

/** Whether technologies of the purpose may run. A purpose that the site does not have never may. */
export const allowed = (purposes: Purposes, choice: Choice | undefined, id: string): boolean =>
	purposes[id] === 0 || (choice ? purposes[id] > 0 && choice.on[id] : purposes[id] === 2);

/** An answer for each purpose that can be chosen. */
export function answers(purposes: Purposes, answer: (id: string) => boolean): Answers {
	const on: Answers = {};
	for (const id of Object.keys(purposes)) if (purposes[id]) on[id] = answer(id);
	return on;
}

/**
 * The answers of Accept all or Reject all. A refusal leaves exempt purposes as
 * they are: objecting to them has its own switch (PECR Schedule A1 paras 5 and 6).
 */
export const everything = (purposes: Purposes, choice: Choice | undefined, yes: boolean): Answers =>
	answers(purposes, id => yes || (purposes[id] === 2 && allowed(purposes, choice, id)));

/**
 * The answers after some were given. Those to purposes that the site does not
 * have are dropped; purposes that were left out keep their present setting.
 */
export const apply = (purposes: Purposes, choice: Choice | undefined, given: Answers): Answers =>
	answers(purposes, id => (typeof given[id] === 'boolean' ? given[id] : allowed(purposes, choice, id)));
