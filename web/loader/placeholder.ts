// What lies over a blocked frame, in the same size, and offers to show it. The
// frame itself stays as it is, empty, so that nothing around it ever moves.

import { build } from './dom';
import { shadow, type Act } from './layer';
import { words } from './site';

/** Covers a frame. act is called with "once" or "always". Taking the cover away is for the caller. */
export function cover(frame: HTMLElement, purpose: string, source: string, act: Act): HTMLElement {
	const [element, inside] = shadow('latchkey-placeholder', act);
	const link = document.createElement('a');
	link.href = source;
	const provider = link.hostname;
	inside.append(build(words.h, { title: frame.title || provider, provider, purpose: words.n[purpose] }));
	frame.before(element);
	new ResizeObserver(() => {
		const place = (transform: string) =>
			(element.style.cssText = `all:initial;position:absolute;z-index:1;overflow:auto;width:${frame.offsetWidth}px;height:${
				frame.offsetHeight
				// A frame of next to no height is not for looking at.
			}px;display:${frame.offsetHeight < 9 ? 'none' : 'block'};transform:${transform}`.replace(/;|$/g, '!important;'));
		place('none');
		const from = element.getBoundingClientRect();
		const to = frame.getBoundingClientRect();
		place(`translate(${to.x - from.x}px,${to.y - from.y}px)`);
	}).observe(frame);
	return element;
}
