// What lies over a blocked frame, in the same size, and offers to show it. The
// frame itself stays as it is, empty, so that nothing around it ever moves.

import { build } from './dom';
import { shadow, type Act } from './layer';
import { words } from './site';

/** Covers a frame. act is called with "once" or "always". Taking the cover away is for the caller. */
export function cover(frame: HTMLElement, purpose: string, source: string, act: Act): HTMLElement {
	const [host, inside] = shadow('latchkey-placeholder', act);
	const link = document.createElement('a');
	link.href = source;
	const provider = link.hostname;
	const face = build(words.h, { title: frame.title || provider, provider, purpose: words.n[purpose] || purpose });
	inside.append(face);
	frame.before(host);
	new ResizeObserver(() => {
		const from = host.getBoundingClientRect();
		const to = frame.getBoundingClientRect();
		// A frame of next to no height is not for looking at.
		face.hidden = to.height < 9;
		face.style.cssText = `width:${to.width}px;height:${to.height}px;transform:translate(${to.x - from.x}px,${to.y - from.y}px)`;
	}).observe(frame);
	return host;
}
