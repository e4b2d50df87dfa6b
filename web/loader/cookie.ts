// The consent cookie, twin of app/consent/choice.go and of State.Standing. Both
// sides are held to testdata/vectors/cookie.json.

/** How a choice was made. The position of a method is its letter in the cookie. */
export const METHODS = ['accept-all', 'reject-all', 'save', 'withdraw', 'always-allow', 'api'] as const;
const LETTERS = 'abcdef';
export type Method = (typeof METHODS)[number];

/** On or off, by purpose, in alphabetical order. */
export type Answers = Record<string, boolean>;

export interface Choice {
	/** Day of the choice, in UTC by the device's clock, YYYY-MM-DD. */
	date: string;
	method: Method;
	on: Answers;
}

/** The day of a time, in UTC. */
export const day = (time = new Date()): string => time.toISOString().slice(0, 10);

/** Writes a choice, made at a revision of the questions, as the cookie's value. It holds no identifier. */
export const formatCookie = ({ date, method, on }: Choice, revision: string): string =>
	`1.${date}.${revision}.${LETTERS[METHODS.indexOf(method)]}` + Object.keys(on).map(id => `.${id}:${+on[id]}`).join('');

/**
 * Finds the choice among a page's cookies, if it still answers the questions:
 * of the same revision, about just these purposes (in alphabetical order), and
 * not older than months. A date after today (a clock that was wrong) counts as
 * made today. A value that breaks the format in any way is no choice: that
 * means asking again, never assuming a yes.
 */
export function parseCookie(cookies: string, revision: string, ids: string[], today: string, months: number): Choice | undefined {
	const found = RegExp(
		`(^| )latchkey=1\\.([\\d-]+)\\.${revision}\\.([a-f])${ids.map(id => `\\.${id}:([01])`).join('')}(;|$)`,
	).exec(cookies);
	if (!found) return;
	const [, , date, letter, ...bits] = found;
	const end = new Date(Date.parse(date) || 0);
	// This is also for other forms of a date; and the engine may take 30 February for 2 March.
	if (day(end) !== date) return;
	end.setUTCMonth(end.getUTCMonth() + months);
	if (day(end) > today)
		return {
			date,
			method: METHODS[LETTERS.indexOf(letter)],
			on: Object.fromEntries(ids.map((id, i) => [id, bits[i] === '1'])),
		};
}
