// The first layer: the banner, or the privacy control once there is nothing to
// ask. It stands before the body, in a closed shadow root with a style sheet
// of its own, so that neither the page's style nor ours reaches the other.

import { build, hit, html, loaded } from './dom';
import { address, lang, nonce, site, type Tree } from './site';

let host: HTMLElement;
export let root: ShadowRoot;
/** The banner or the control. */
let front: HTMLElement | undefined;
let sheet: CSSStyleSheet | undefined;
/** Lets the end of the page be scrolled free of the banner. After the body, where it moves nothing. */
let space: HTMLElement | undefined;
let size: ResizeObserver | undefined;

/** Makes an element with a closed, styled shadow root. act is called with what a button in it does. */
export function shadow(name: string, act: (what: string | undefined, from: HTMLElement, event: MouseEvent) => void): [HTMLElement, ShadowRoot] {
	const element = document.createElement(name);
	element.lang = lang;
	const inside = element.attachShadow({ mode: 'closed' });
	try {
		if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(site.css);
		inside.adoptedStyleSheets = [sheet];
	} catch {
		// Safari before 16.4.
		const style = document.createElement('style');
		style.nonce = nonce;
		style.textContent = site.css;
		inside.append(style);
	}
	inside.addEventListener('click', event => {
		const button = hit(event, 'do');
		if (button) act(button.dataset.do, button, event as MouseEvent);
	});
	return [element, inside];
}

/** Puts the first layer's host element in its place. */
export function begin(act: Parameters<typeof shadow>[1]): void {
	[host, root] = shadow('latchkey-privacy', act);
	html.insertBefore(host, document.body);
	document.addEventListener('focusin', event => requestAnimationFrame(() => uncover(event.target as Element)));
	loaded(() => {
		fit();
		// A page may hide everything, the root included. It shows our element again, and nothing else of it.
		if (getComputedStyle(html).display === 'none') html.style.setProperty('display', 'block', 'important');
	});
}

/** Draws the banner or the control in place of what was there. After a choice the control says so, and takes the focus over. */
export function show(tree: Tree, banner: boolean, after?: boolean): void {
	const next = build(tree);
	const focused = front?.contains(root.activeElement);
	next.querySelectorAll<HTMLAnchorElement>('[data-do=notice]').forEach(link => (link.href = address('notice')!));
	// A live region is read out when its text comes after it.
	const status = next.querySelector('[role=status]');
	if (status) {
		const text = status.textContent;
		status.textContent = '';
		if (after) setTimeout(() => (status.textContent = text), 100);
	}
	size?.disconnect();
	space?.remove();
	space = undefined;
	front?.remove();
	root.append((front = next));
	if (focused) focusControl();
	if (banner) {
		space = document.createElement('latchkey-space');
		(size = new ResizeObserver(fit)).observe(next);
		requestAnimationFrame(() => uncover(document.activeElement));
	}
}

/** Gives the focus to the control, where what had it is gone. */
export const focusControl = (): void => front?.querySelector<HTMLElement>('[data-do=open]')?.focus({ preventScroll: true });

function fit() {
	if (!space || !document.body) return;
	space.style.cssText = `all:initial!important;display:block!important;height:${front!.offsetHeight}px!important`;
	if (!space.isConnected) html.append(space);
}

/**
 * Keeps a focused element from being hidden entirely (WCAG 2.2, 2.4.11): it is
 * scrolled free, and where that does not help the banner goes to the other edge.
 */
function uncover(element: Element | null) {
	const covered = () => {
		const a = element!.getBoundingClientRect();
		const b = front!.getBoundingClientRect();
		return (
			a.left >= b.left &&
			a.right <= b.right &&
			Math.max(a.top, 0) >= b.top &&
			a.top < b.bottom &&
			Math.min(a.bottom, innerHeight) <= b.bottom
		);
	};
	if (!element?.getBoundingClientRect || element === host || !covered()) return;
	element.scrollIntoView({ block: 'center', behavior: 'instant' });
	if (covered()) front!.classList.toggle('top');
}
