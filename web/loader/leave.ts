// A part of the loader that comes after a withdrawal: it deletes what the
// purposes left on the device, as far as a page can reach it, and says what is
// still there.

import { cookieNames, databases, like, stores } from './device';
import { emit } from './events';
import { expire } from './expire';
import { json } from './json';
import type { Kit } from './kit';

/** Declared items of the site: purpose, and names of cookies and of storage items, in which * stands for any characters. */
declare const LATCHKEY: [purpose: string, cookies: string[], storage: string[]][];

type May = (purpose: string) => boolean;

/** Whether a name is declared for one of the purposes, and for none that may run. Our own records stay. */
function matcher(kind: 1 | 2, over: string[], may: May) {
	const found = (name: string, which: (purpose: string) => boolean) =>
		LATCHKEY.some(item => which(item[0]) && item[kind].some(pattern => like(pattern).test(name)));
	return (name: string) =>
		!/^latchkey(\.|$)/.test(name) && found(name, purpose => over.includes(purpose)) && !found(name, may);
}

/** What is there of the purposes, in words for a web team. */
async function left(over: string[], may: May): Promise<string[]> {
	const cookie = matcher(1, over, may);
	const storage = matcher(2, over, may);
	return [
		...cookieNames().filter(cookie).map(name => 'cookie ' + name),
		...stores().flatMap(store => Object.keys(store)).filter(storage).map(name => 'storage ' + name),
		...(await databases()).filter(storage).map(name => 'database ' + name),
	];
}

/** Deletes what the purposes that are over left behind. If the page is then to be loaded again, that one checks; else this one does. */
export async function leave(over: string[], kit: Kit, again: boolean): Promise<void> {
	await remove(over, kit, again).catch(() => {});
	// The receipt is on its way by then, or waits in storage.
	if (again) await new Promise(done => setTimeout(done, 300));
}

async function remove(over: string[], kit: Kit, again: boolean): Promise<void> {
	const { site, may } = kit;
	const storage = matcher(2, over, may);
	cookieNames().filter(matcher(1, over, may)).forEach(expire);
	for (const store of stores())
		Object.keys(store)
			.filter(storage)
			.forEach(name => store.removeItem(name));
	const deleted = (await databases()).filter(storage).map(
		name =>
			new Promise(done => {
				const request = indexedDB.deleteDatabase(name);
				// One that a script holds open is deleted when the page goes. A browser that says nothing is not waited for.
				request.onsuccess = request.onerror = request.onblocked = done;
				setTimeout(done, 1000);
			}),
	);
	await Promise.all(deleted);
	const key = 'latchkey.' + site.s;
	// Without storage nothing tells the next page, so this one checks.
	if (!again || !keeps(key)) return check(over, kit, again);
	addEventListener('pagehide', () => {
		try {
			localStorage.setItem(key, json({ q: [], ...JSON.parse(localStorage.getItem(key)!), w: over }));
		} catch {}
	});
}

/** Whether the next page will find what is kept under a name. */
function keeps(key: string): boolean {
	try {
		localStorage.setItem(key + '.', '1');
		localStorage.removeItem(key + '.');
		return true;
	} catch {
		return false; // It is blocked, full, or not there.
	}
}

/**
 * Reports what is still there, or there again, of purposes that are over: to the page, and on the console for the web team.
 * last: the page is about to be loaded again, and nothing tells the next one to look.
 */
export async function check(over: string[], { site, may }: Kit, last?: boolean): Promise<void> {
	const items = await left(
		over.filter(purpose => !may(purpose)),
		may,
	);
	if (!items.length) return;
	console.warn(`Latchkey: ${site.s}: still on the device after consent was withdrawn: ${items.join(', ')}` + (last ? '. The page is loaded again, and with storage blocked nothing looks after that.' : ''));
	emit('leftover', { items });
}
