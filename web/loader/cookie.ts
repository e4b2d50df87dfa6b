// The consent cookie, twin of app/consent/choice.go and of State.Standing. Both
// sides are held to testdata/vectors/cookie.json.

/** How a choice was made. The position of a method is its letter in the cookie. */
export const METHODS = ['accept-all', 'reject-all', 'save', 'withdraw', 'always-allow', 'api', 'object'] as const;
const LETTERS = 'abcdefg';
export type Method = (typeof METHODS)[number];

/** On or off, by purpose, in alphabetical order; undefined where it was not answered. */
export type Answers = Record<string, boolean | undefined>;

export interface Choice {
	/** Day of the choice, in UTC by the device's clock, YYYY-MM-DD. */
	date: string;
	method: Method;
	/** The browser sent Global Privacy Control then. */
	gpc: boolean;
	on: Answers;
}

/** The day of a time, in UTC. */
export const day = (time = new Date()): string => time.toISOString().slice(0, 10);

/** Writes a choice, made at a revision of the questions, as the cookie's value. It holds no identifier. */
export function formatCookie({ date, method, gpc, on }: Choice, revision: string): string {
	const letter = LETTERS[METHODS.indexOf(method)];
	const answers = Object.keys(on).map(id => (on[id] === undefined ? '' : `.${id}:${+on[id]!}`));
	return `1.${date}.${revision}.${gpc ? letter.toUpperCase() : letter}` + answers.join('');
}

/**
 * Finds the choice among a page's cookies, if it still answers the questions:
 * of the same revision, about none but these purposes (in alphabetical order), and
 * not older than months. A date after today (a clock that was wrong) counts, unless
 * the choice would then stand for nearly three years more, which is as good as for ever.
 * A value that breaks the format in any way is no choice, nor are several: that
 * means asking again, never assuming a yes.
 */
export function parseCookie(cookies: string, revision: string, ids: string[], today: string, months: number): Choice | undefined {
	const found = RegExp(
		`(^| )latchkey=1\\.([\\d-]+)\\.${revision}\\.([a-gA-G])(?=\\.)${ids.map(id => `(\\.${id}:([01]))?`).join('')}(;|$)`,
	).exec(cookies);
	if (!found || cookies.match(/(^| )latchkey=1/g)![1]) return;
	const [, , date, letter, ...bits] = found;
	const end = new Date(Date.parse(date) || 0);
	// This is also for other forms of a date; and the engine may take 30 February for 2 March.
	if (day(end) !== date) return;
	const left = end.setUTCMonth(end.getUTCMonth() + months) - Date.parse(today);
	const small = letter.toLowerCase();
	if (left > 0 && left < 9e10)
		return {
			date,
			method: METHODS[LETTERS.indexOf(small)],
			gpc: small !== letter,
			on: Object.fromEntries(ids.map((id, i) => [id, bits[2 * i] && bits[2 * i + 1] === '1'])) as Answers,
		};
}
