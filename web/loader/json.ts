/**
 * JSON of a value as it is: of texts, numbers, yes and no, lists, and what is an object's own. Written here, because pages
 * put functions of their own in the place of JSON.stringify, and give values a toJSON that says something else.
 */
export function json(value: unknown): string {
	if (typeof value === 'string') return `"${value.replace(/["\\\0-\x1f]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))}"`;
	if (typeof value !== 'object' || !value) return String(value);
	const list = value instanceof Array;
	let text = '';
	for (const [name, part] of Object.entries(value)) if (part !== undefined) text += (text && ',') + (list ? '' : json(name) + ':') + json(part);
	return list ? `[${text}]` : `{${text}}`;
}
