// The consent cookie, twin of app/consent/choice.go. Both are held to
// testdata/vectors/cookie.json.

/** How a choice was made. The position of a method is its letter in the cookie. */
export const METHODS = ['accept-all', 'reject-all', 'save', 'withdraw', 'always-allow', 'api'] as const;
const LETTERS = 'abcdef';
export type Method = (typeof METHODS)[number];

/** On or off, by purpose. */
export type Answers = Record<string, boolean>;

export interface Choice {
	/** Day of the choice, in UTC by the device's clock, YYYY-MM-DD. */
	date: string;
	revision: string;
	method: Method;
	on: Answers;
}

/** The day of a time, in UTC. */
export const day = (time = new Date()): string => time.toISOString().slice(0, 10);

/** Writes a choice as the cookie's value. It holds no identifier. */
export const formatCookie = ({ date, revision, method, on }: Choice): string =>
	`1.${date}.${revision}.${LETTERS[METHODS.indexOf(method)]}` +
	Object.keys(on)
		.sort()
		.map(id => `.${id}:${+on[id]}`)
		.join('');

/**
 * Reads the cookie's value. One that breaks the format in any way is refused as
 * a whole: losing a choice means asking again, never assuming a yes.
 */
export function parseCookie(value: string): Choice | undefined {
	const parts = /^1\.(\d{4}-\d\d-\d\d)\.([\da-f]{8})\.([a-f])((\.[a-z](-?[a-z\d])*:[01])+)$/.exec(value);
	// 199 bytes with "latchkey=" in front.
	if (!parts || value.length > 190) return;
	const [, date, revision, letter, answers] = parts;
	const on: Answers = Object.create(null);
	for (const answer of answers.slice(1).split('.')) {
		const id = answer.slice(0, -2);
		if (id.length > 24 || id in on) return;
		on[id] = answer.endsWith('1');
	}
	try {
		// The engine takes 30 February for 2 March, and throws at month 13.
		if (day(new Date(date)) === date) return { date, revision, method: METHODS[LETTERS.indexOf(letter)], on };
	} catch {}
}

/** The choice in the page's cookies. Where several are ours (a parent's domain may have one too), the first readable one. */
export function readCookie(): Choice | undefined {
	try {
		for (const cookie of document.cookie.split('; ')) {
			const choice = cookie.startsWith('latchkey=') && parseCookie(cookie.slice(9));
			if (choice) return choice;
		}
	} catch {} // A page in a sandbox may not read cookies.
}

/** Stores a choice, if the browser lets us. */
export function storeCookie(choice: Choice, path: string, months: number): void {
	try {
		// Months of 31 days: it is the date inside that ends the choice, not the browser.
		document.cookie =
			`latchkey=${formatCookie(choice)};Path=${path};Max-Age=${months * 2678400};SameSite=Lax` +
			(location.protocol === 'https:' ? ';Secure' : '');
	} catch {}
}
