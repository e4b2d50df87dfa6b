// window.latchkey and the events on document. See web/latchkey.d.ts.

import type { Events, Latchkey } from '../latchkey';

/** Tells the page. A listener that throws is the page's own affair: the browser reports it, and we go on. */
export function emit<E extends keyof Events>(event: E, detail: Events[E]): void {
	document.dispatchEvent(new CustomEvent('latchkey:' + event, { detail }));
}

/** Makes the object. past gives the detail of an event that is over, for those who come to listen late. */
export function make(
	own: Omit<Latchkey, 'ready' | 'on'>,
	past: <E extends keyof Events>(event: E) => Events[E] | undefined | false,
): Latchkey {
	const api: Latchkey = {
		...own,
		on(event, listener) {
			const hear = (e: Event) => listener((e as CustomEvent).detail);
			document.addEventListener('latchkey:' + event, hear);
			const detail = past(event);
			if (detail) Promise.resolve(detail).then(listener);
			return () => document.removeEventListener('latchkey:' + event, hear);
		},
	} as Latchkey;
	api.ready = Promise.resolve(api);
	return api;
}
