// The debug overlay, for addresses with ?latchkey=debug on sites that allow it.
// The overlay is a part of its own; this only keeps what is released before it is there.

import type { Make } from '../adapter';

const make: Make<void> = () => kit => {
	if (!/[?&]latchkey=debug\b/.test(location.search)) return;
	const overlay = kit.part('debug').then(
		debug => debug.show(kit),
		() => {},
	);
	new MutationObserver(records => overlay.then(hear => hear?.(records))).observe(document, {
		subtree: true,
		attributeFilter: ['data-consent'],
		attributeOldValue: true,
	});
};

export default make;
