// Room at the end of the page for the banner, so that what stands there can be
// scrolled free of it. After the body it moves nothing. It comes with the part that
// the loader fetches while the banner is up, and that is soon enough for the end of a page.

import { create, html } from './dom';

const space = create('latchkey-space');
let watched: HTMLElement | undefined;

/** Keeps the room as high as the banner; none where front, which is asked again whenever that changes, is no banner. */
export function room(front: () => HTMLElement | undefined): void {
	const fit = () => {
		const now = front();
		if (now !== watched) {
			size.disconnect();
			if (now) size.observe(now);
			watched = now;
		}
		if (now?.isConnected && now.matches('.b')) {
			space.style.cssText = `all:initial!important;display:block!important;height:${now.offsetHeight}px!important`;
			html.append(space);
		} else space.remove();
	};
	// An element that goes away has no size any more; what comes in its place is drawn by the next task.
	const size = new ResizeObserver(() => setTimeout(fit));
	fit();
}
