// Why something marked runs or does not, in words for a web team.

import type { ChoiceDetail, Method } from '../latchkey';
import type { Purposes } from './site';

/** A purpose as the site declares it: id, name, basis, and the paragraph of PECR Schedule A1 that it rests on. */
export type Purpose = [id: string, name: string, basis: string, paragraph: string];

const bases: Record<string, string> = {
	consent: 'Needs consent',
	essential: 'Strictly necessary',
	'statistics-exempt': 'Statistics exemption',
	'appearance-exempt': 'Appearance exemption',
};

const methods: Record<Method, string> = {
	'accept-all': 'Accept all',
	'reject-all': 'Reject all',
	save: 'saved switches',
	withdraw: 'the switch that takes all back',
	'always-allow': 'Always allow on a placeholder',
	'allow-once': 'Allow once on a placeholder',
	object: 'an objection',
	api: 'a call of latchkey.set() or latchkey.withdraw()',
};

/** How and when the choice that stands was made. */
export const made = ({ method, date }: ChoiceDetail): string => (method ? `by ${methods[method]} on ${date}` : 'not yet');

/** Why technologies of a purpose may run, or may not. kind is what the loader works with; undefined for a purpose that the site does not have. */
export function why(
	id: string,
	kind: Purposes[string] | undefined,
	declared: Purpose | undefined,
	told: ChoiceDetail,
	gpc: boolean,
): string {
	if (kind === undefined) return `The site declares no purpose “${id}”, so what is marked with it never runs. Correct the mark, or declare the purpose.`;
	const basis = declared ? `${bases[declared[2]] || declared[2]} (PECR Schedule A1, paragraph ${declared[3]}): ` : '';
	const answer = told.on[id];
	if (kind === 0) return basis + 'always on, nobody is asked.';
	if (kind === 2)
		return basis + (answer === false ? `the visitor objected, ${made(told)}.` : 'runs until the visitor objects, and they have not.');
	if (answer) return `${basis}the visitor said yes, ${made(told)}.`;
	if (answer === undefined)
		return basis + (kind === 3 && gpc ? 'not answered, and the browser’s Global Privacy Control refuses it.' : 'the visitor has not answered yet.');
	if (kind === 3 && told.gpc)
		return told.method === 'accept-all'
			? `${basis}the browser’s Global Privacy Control refuses it, which came after the choice ${made(told)}.`
			: `${basis}refused, ${made(told)}, with the browser’s Global Privacy Control on.`;
	return `${basis}the visitor said no, ${made(told)}.`;
}

/** Why one element runs although its purpose does not. */
export const once = 'Needs consent, and has none: the visitor allowed this one element once, on this page only.';
