// The first layer: the banner, or the privacy control once there is nothing to
// ask. It stands before the body, in a closed shadow root with a style sheet
// of its own, so that neither the page's style nor ours reaches the other.

import { act } from './act';
import { build, focus, html } from './dom';
import { address, lang, nonce, site, words } from './site';

/** What a click on an element with data-do does. */
export type Act = (what: string, from: HTMLElement, event: MouseEvent) => void;

let host: HTMLElement;
/** Undefined until something is drawn. */
export let root: ShadowRoot | undefined;
/** The banner or the control. */
let front: HTMLElement;
/** Whether what was taken away had the focus. */
let focused: boolean | undefined;
/** Lets the end of the page be scrolled free of the banner: after the body, where it moves nothing. */
const space = document.createElement('latchkey-space');
const fit = () => {
	if (!document.body) setTimeout(fit, 50);
	else if (front.matches('.b')) {
		space.style.cssText = `all:initial!important;display:block!important;height:${front.offsetHeight}px!important`;
		html.append(space);
	}
};
// Later than the frame that shows the banner, which it would slow down.
const size = new ResizeObserver(() => setTimeout(fit));

/** Gives a shadow root a style sheet more. */
export function dress(inside: ShadowRoot, css: string): void {
	try {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		inside.adoptedStyleSheets.push(sheet);
	} catch {
		// Safari before 16.4.
		const style = document.createElement('style');
		style.nonce = nonce;
		style.append(css);
		inside.append(style);
	}
}

/** Makes an element with a closed, styled shadow root. */
export function shadow(name: string, act: Act): [HTMLElement, ShadowRoot] {
	const element = document.createElement(name);
	element.lang = lang; // For all that is inside, too.
	const inside = element.attachShadow({ mode: 'closed' });
	dress(inside, site.css);
	inside.addEventListener('click', event => {
		const from = (event.target as Element).closest<HTMLElement>('[data-do]');
		if (from) act(from.dataset.do!, from, event as MouseEvent);
	});
	return [element, inside];
}

/** Draws the banner or the control in place of what was there. After a choice the control says that it is saved. */
export function show(banner: boolean, consented: boolean, after?: boolean): void {
	if (!root) {
		[host, root] = shadow('latchkey-privacy', act);
		html.insertBefore(host, document.body);
		document.addEventListener('focusin', uncover);
	}
	clear();
	const find = <E extends HTMLElement>(selector: string) => front.querySelector<E>(selector);
	front = build(banner ? words.b : words.c);
	root.append(front);
	size.disconnect();
	space.remove();
	if (banner) {
		size.observe(front);
		find<HTMLAnchorElement>('a')!.href = address('notice');
	} else {
		find('[data-do=withdraw]')!.hidden = !consented;
		const status = find('[role=status]')!;
		const text = status.firstChild!;
		text.remove();
		// A live region is read out if its text comes later than itself.
		if (after) {
			setTimeout(() => status.append(text), 100);
			setTimeout(() => text.remove(), 9000);
		}
		if (focused) focusControl();
	}
	focused = false;
	uncover();
}

/** Takes away what is drawn, at the least cost: something else is drawn when that has been painted. */
export function clear(): void {
	focused ||= front?.contains(root!.activeElement);
	front?.remove();
}

/** Focuses the control, where what had the focus is gone. */
export const focusControl = (): void => focus(front.querySelector('button'));

/** A page may hide everything, its root included. The root alone is shown again. */
export function unhide(): void {
	if (getComputedStyle(html).display === 'none') html.style.setProperty('display', 'block', 'important');
}

/**
 * Keeps the focused element from being hidden entirely (WCAG 2.2, 2.4.11): it is
 * scrolled free, and where that does not help the banner goes to the other edge.
 */
function uncover() {
	// In the next frame the browser itself has scrolled to it.
	requestAnimationFrame(() => {
		const element = document.activeElement!;
		// Nothing has the focus, or the page has no body yet.
		if ((element || document.body) === document.body) return;
		const under = (x: number, y: number) => document.elementFromPoint(x, y) === host;
		const covered = () => {
			const { left, top, right, bottom } = element.getBoundingClientRect();
			return under(left + 1, top + 1) && under(right - 1, bottom - 1);
		};
		if (covered()) element.scrollIntoView({ block: 'center', behavior: 'instant' });
		if (covered()) front.classList.toggle('top');
	});
}
