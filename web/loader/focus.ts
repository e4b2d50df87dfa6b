// A part of the loader, for those who go through a page by keyboard.

import { ofDocument } from './dom';

/**
 * Keeps the focused element from being hidden entirely by the first layer (WCAG 2.2,
 * 2.4.11): it is scrolled free, and where that does not help the banner goes to the other edge.
 */
export function uncover(host: Element, front: HTMLElement): void {
	const element = ofDocument('activeElement');
	if (!element || element === host) return;
	const under = (x: number, y: number) => Document.prototype.elementFromPoint.call(document, x, y) === host;
	const covered = () => {
		const { left, top, right, bottom } = element.getBoundingClientRect();
		return under(left + 1, top + 1) && under(right - 1, bottom - 1);
	};
	if (covered()) element.scrollIntoView({ block: 'center', behavior: 'instant' });
	if (covered() && front.matches('.b')) front.style.cssText = front.style.cssText ? '' : 'inset:0 0 auto;border-width:0 0 2px';
}
