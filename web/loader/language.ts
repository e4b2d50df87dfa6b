/** Finds a wanted language among those known, by its base: "en" and "en-US" find "en-GB". */
export function language(known: string[], wanted = ''): string | undefined {
	const root = (tag: string) => tag.toLowerCase().split('-')[0];
	return known.find(tag => root(tag) === root(wanted));
}
