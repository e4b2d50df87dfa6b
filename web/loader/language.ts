/** Finds the first wanted language among those known, by its base: "en" and "en-US" find "en-GB". */
export function language(known: string[], ...wanted: (string | undefined)[]): string | undefined {
	const root = (tag: string) => tag.toLowerCase().split('-')[0];
	for (const tag of wanted) {
		const found = tag && known.find(k => root(k) === root(tag));
		if (found) return found;
	}
}
