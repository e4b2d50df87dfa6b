// The debug overlay, for addresses with ?latchkey=debug on sites that allow it.
// The overlay is a part of its own; this only notes what is released before it is there.

import type { Make } from '../adapter';

const make: Make<void> = () => kit => {
	if (!/[?&]latchkey=debug\b/.test(location.search)) return;
	const early: MutationRecord[] = [];
	new MutationObserver(records => early.push(...records)).observe(document.documentElement, {
		subtree: true,
		attributeFilter: ['data-consent'],
		attributeOldValue: true,
	});
	kit.part('debug').then(debug => debug.show(kit, early));
};

export default make;
