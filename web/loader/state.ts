// What a page knows about consent: twin of app/consent/state.go. Both are held
// to testdata/vectors/state.json. The effects that the Go side lists are here
// the differences in what is allowed: the gate looks at them itself.

import { day, type Answers, type Choice } from './cookie';
import type { Basis } from './site';

export interface State {
	purposes: Record<string, Basis>;
	revision: string;
	/** Missing before the first choice. */
	choice?: Choice;
}

/**
 * The state with a stored choice, if that still answers the site's questions:
 * same revision, every purpose asked about, and not older than months. A date
 * after today (a clock that was wrong) counts as made today.
 */
export function standing(state: State, stored: Choice | undefined, today: string, months: number): State {
	const { purposes, revision } = state;
	let choice = stored;
	if (choice) {
		const end = new Date(choice.date);
		end.setUTCMonth(end.getUTCMonth() + months);
		const { on } = choice;
		if (choice.revision !== revision || day(end) <= today || Object.keys(purposes).some(id => purposes[id] && !(id in on)))
			choice = undefined;
	}
	return { purposes, revision, choice };
}

/** Whether technologies of the purpose may run. A purpose that the site does not have never may. */
export function allowed({ purposes, choice }: State, id: string): boolean {
	const basis = purposes[id];
	return basis === 0 || (choice ? basis > 0 && choice.on[id] : basis === 2);
}

/**
 * The answers of Accept all or Reject all. A refusal leaves exempt purposes as
 * they are: objecting to them has its own switch (PECR Schedule A1 paras 5 and 6).
 */
export const everything = (state: State, yes: boolean): Answers =>
	choosable(state, (id, basis) => yes || (basis === 2 && allowed(state, id)));

/**
 * The state after a choice. Answers to purposes that the site does not have are
 * dropped; purposes that the choice leaves out keep their present setting.
 */
export const apply = (state: State, choice: Choice): State => ({
	...state,
	choice: {
		...choice,
		revision: state.revision,
		on: choosable(state, id => (typeof choice.on[id] === 'boolean' ? choice.on[id] : allowed(state, id))),
	},
});

/** Collects an answer for each purpose that can be chosen. */
export function choosable({ purposes }: State, answer: (id: string, basis: Basis) => boolean): Answers {
	const on: Answers = {};
	for (const id of Object.keys(purposes)) if (purposes[id]) on[id] = answer(id, purposes[id]);
	return on;
}
