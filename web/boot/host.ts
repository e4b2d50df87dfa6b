// The bridge to the host page, when the centre is in a panel there.
import type { Message } from '../loader/message';
import { counted, isState, type State } from './state';

/** Says a message to the host page, if it has made itself known; reports whether it has. */
export type Say = (message: Message) => boolean;

/**
 * Listens to the host page. Only the window around this one is heard, only from
 * one of the site's own origins, and only what has the exact form of a state.
 */
export function host(origins: string[], heard: (state: State) => void): Say {
	let to: string | undefined;
	addEventListener('message', ({ source, origin, data }) => {
		if (source !== parent || parent === window || !origins.includes(origin) || !isState(data)) return;
		to = origin;
		heard(counted(data));
	});
	return message => {
		if (to) parent.postMessage({ latchkey: 1, ...message }, to);
		return !!to;
	};
}
