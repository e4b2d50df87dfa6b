// What stands in the place of a blocked frame, in the same size, and offers to
// show it.

import { build } from './dom';
import { shadow } from './layer';
import { site, words } from './site';

const LAYOUT = 'position inset float margin border padding box-sizing width height flex grid-area align-self justify-self vertical-align';

/** Covers a frame, and returns how to uncover it. act is called with "once" or "always". */
export function cover(frame: HTMLElement, purpose: string, source: string, act: (what: string | undefined) => void): () => void {
	const link = document.createElement('a');
	link.href = source;
	const provider = link.hostname;
	const [element, inside] = shadow('latchkey-placeholder', act);
	inside.append(build(words.h, { title: frame.title || provider, provider, purpose: words.n?.[purpose] || purpose }));
	const { style } = frame;
	const { display } = style;
	const priority = style.getPropertyPriority('display');
	const restore = () => style.setProperty('display', display, priority);
	// The frame's own box is measured, so that the page around it does not move.
	const fit = () => {
		restore();
		element.style.cssText = 'display:none!important';
		const box = getComputedStyle(frame);
		// A frame that is not for looking at gets nothing to look at.
		const display = parseFloat(box.height) < 9 ? 'none' : box.display === 'inline' ? 'inline-block' : box.display;
		let css = `all:initial!important;overflow:auto!important;display:${display}!important`;
		for (const name of LAYOUT.split(' ')) css += `;${name}:${box.getPropertyValue(name)}!important`;
		element.style.cssText = css;
		style.setProperty('display', 'none', 'important');
	};
	frame.before(element);
	fit();
	addEventListener('load', fit);
	addEventListener('resize', fit);
	return () => {
		removeEventListener('load', fit);
		removeEventListener('resize', fit);
		const focused = inside.activeElement;
		element.remove();
		restore();
		if (focused) frame.focus({ preventScroll: true });
	};
}
