/** Finds a wanted language among those known, by its base: "en" and "en-US" find "en-GB". */
export function language(known: string[], wanted?: string | null): string | undefined {
	const root = (tag: string) => tag.toLowerCase().split('-')[0];
	for (const tag of known) if (root(tag) === root(wanted || '')) return tag;
}
