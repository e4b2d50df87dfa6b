// The trail that tags leave on the device while the debug overlay looks on:
// which cookies and storage items there are, since when, and what ran then.

import { cookieNames, databases, like, stores } from './device';

/** A technology that the site declares. Its name may hold * for any characters. */
export type Technology = [name: string, kind: 'cookie' | 'storage', provider: string, purpose: string, hosts: string[]];

/** A cookie, storage item or database that is on the device. */
export interface Item<Tag> {
	/** Its kind and its name, such as "cookie _ga". */
	what: string;
	/** What the site declares for it. More than one where several purposes share a name. */
	declared: Technology[];
	/** What ran just before it was found; undefined if it was there from the start, or was found by looking every second. */
	seen?: Tag[];
	/** What had run by then; undefined if it was there from the start. */
	after?: Tag[];
}

/** Follows what is on the device. ran lists the tags that have run by now. */
export function trail<Tag>(technologies: Technology[], ran: () => Tag[]) {
	const items = new Map<string, Item<Tag>>();
	/** Undefined until the browser has listed them. */
	let bases: string[] | undefined;

	const found = (): [what: string, kind: Technology[1], name: string][] => {
		let cookies: string[] = [];
		try {
			cookies = cookieNames().filter(Boolean);
		} catch {} // A page in a sandbox may not read cookies.
		const all: [string, Technology[1], string][] = [...new Set(cookies)].map(name => ['cookie ' + name, 'cookie', name]);
		const keys = new Set(stores().flatMap(store => Object.keys(store)));
		for (const name of keys) all.push(['storage ' + name, 'storage', name]);
		for (const name of bases || []) all.push(['database ' + name, 'storage', name]);
		return all;
	};

	/** Looks again. seen is what has just run; what is found at the start was there before. Returns whether anything came or went. */
	function look(seen?: Tag[], start?: boolean): boolean {
		const now = found();
		const there = new Set(now.map(([what]) => what));
		let changed = false;
		for (const what of [...items.keys()]) if (!there.has(what)) changed = items.delete(what);
		for (const [what, kind, name] of now) {
			if (items.has(what)) continue;
			const declared = technologies.filter(technology => technology[1] === kind && like(technology[0]).test(name));
			items.set(what, start ? { what, declared } : { what, declared, seen, after: ran() });
			changed = true;
		}
		return changed;
	}

	look(undefined, true);
	return {
		items,
		look,
		/** Looks at the databases, too, which takes a moment. */
		async poll(): Promise<boolean> {
			const names = await databases();
			// Nobody knows how long those have been there that are listed for the first time.
			const before = look();
			const start = !bases;
			bases = names;
			return look(undefined, start) || before;
		},
	};
}
