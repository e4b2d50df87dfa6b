// The events on document, for the page and for our own parts alike.

import type { Events } from '../latchkey';

/** Tells everybody. A listener that throws does not come back to us. */
export function emit<E extends keyof Events>(event: E, detail: Events[E]): void {
	dispatchEvent.call(document, new CustomEvent('latchkey:' + event, { detail }));
}
