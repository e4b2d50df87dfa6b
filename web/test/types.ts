// The types of window.latchkey, as a web team would use them: the compiler is
// the test, and fails where a line that must not compile does.

import type { ChoiceDetail, Choices, DataLayerEvent, Events, Latchkey, Method } from '../latchkey';

/** True if two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>) => {};

export async function everything(api: Latchkey, page: Window & typeof globalThis) {
	page.latchkey?.open('request:access');
	same<typeof page.latchkey, Latchkey | undefined>(true);
	same<Awaited<typeof api.ready>, Latchkey>(true);
	(await api.ready).withdraw();

	const on: Choices = api.choices();
	api.set({ ...on, statistics: true });
	same<ReturnType<typeof api.allowed>, boolean>(true);

	api.on('choice', ({ on, method, date, gpc }) => {
		same<typeof on, Record<string, boolean>>(true);
		same<typeof method, Method | undefined>(true);
		same<typeof date, string | undefined>(true);
		same<typeof gpc, boolean | undefined>(true);
	});
	api.on('leftover', ({ items }) => items.map(item => item.split(' ')));
	api.on('open', ({ view }) => view.length);
	api.on('ready', () => {});
	document.addEventListener('latchkey:leftover', event => event.detail.items.length);
	document.addEventListener('latchkey:choice', ({ detail }) => same<typeof detail, ChoiceDetail>(true));

	same<keyof Events, 'ready' | 'choice' | 'open' | 'close' | 'leftover'>(true);
	same<keyof Latchkey, 'ready' | 'choices' | 'allowed' | 'open' | 'set' | 'withdraw' | 'on'>(true);
	same<DataLayerEvent['latchkey'], ChoiceDetail>(true);
}

export function mistakes(api: Latchkey) {
	// @ts-expect-error: there is no such event
	api.on('chosen', () => {});
	// @ts-expect-error: a choice is on or off
	api.set({ statistics: 'yes' });
	// @ts-expect-error: purposes are asked about one by one
	api.allowed(['statistics']);
	// @ts-expect-error: it is for Latchkey to make
	api.ready = Promise.resolve(api);
	// @ts-expect-error: without the loader and the stub there is none
	window.latchkey.open('preferences');
	// @ts-expect-error: there is no such way
	const method: Method = 'swipe';
	return method;
}
