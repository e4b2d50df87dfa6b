// The first layer: the banner, or the privacy control once there is nothing to
// ask. It stands before the body, in a closed shadow root with a style sheet
// of its own, so that neither the page's style nor ours reaches the other.

import { act } from './act';
import { build, create, focus, html, listen, ofDocument } from './dom';
import { address, nonce, part, site, usual, words } from './site';
import { own } from './state';

/** What a click on an element with data-do does. */
export type Act = (what: string, from: HTMLElement, event: MouseEvent) => void;

let host: HTMLElement;
/** Undefined until something is drawn. */
export let root: ShadowRoot | undefined;
/** The banner or the control. */
export let front: HTMLElement;
/** Whether what was taken away had the focus. */
let focused: boolean | undefined;

/** Gives a shadow root one more style sheet. */
export function dress(inside: ShadowRoot, css: string): void {
	try {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		inside.adoptedStyleSheets.push(sheet);
	} catch {
		// Safari before 16.4.
		const style = create('style');
		style.nonce = nonce;
		style.append(css);
		inside.append(style);
	}
}

/** Makes an element with a closed, styled shadow root. */
export function shadow(name: string, act: Act): [HTMLElement, ShadowRoot] {
	const element = create(name);
	element.lang = words.g || usual; // For all that is inside, too.
	const inside = element.attachShadow(own({ mode: 'closed' }));
	dress(inside, site.css);
	inside.addEventListener('click', event => {
		const from = (event.target as Element).closest<HTMLElement>('[data-do]');
		if (from) act(from.dataset.do!, from, event as MouseEvent);
	});
	return [element, inside];
}

/**
 * Draws the banner or the control in place of what was there. What has data-when is
 * seen if that holds. After a choice the control says that it is saved.
 */
export function show(banner: boolean, holds: Record<string, boolean>, after?: boolean): void {
	if (!root) {
		[host, root] = shadow('latchkey-privacy', act);
		html.insertBefore(host, ofDocument('body'));
		listen('focusin', uncover);
	}
	clear();
	const find = <E extends HTMLElement>(selector: string) => front.querySelector<E>(selector);
	front = build((banner && words.b) || words.c);
	for (const node of front.querySelectorAll<HTMLElement>('[data-when]')) node.hidden = !holds[node.dataset.when!];
	root.append(front);
	if (banner) {
		find<HTMLAnchorElement>('a')!.href = address('notice');
	} else {
		const status = find('[role=status]')!;
		const text = status.firstChild!;
		text.remove();
		// A live region is read out if its text comes later than itself.
		if (after) {
			setTimeout(() => status.append(text), 100);
			setTimeout(() => text.remove(), 9000);
		}
	}
	if (focused) focusControl();
	focused = false;
	uncover();
}

/** Takes away what is drawn, and does no more: what replaces it is drawn once that has been painted. */
export function clear(): void {
	focused ||= front?.contains(root!.activeElement);
	front?.remove();
}

/** Focuses the control, where what had the focus is gone. */
export const focusControl = (): void => focus(front.querySelector('[tabindex]:not([hidden])') || front.querySelector('button'));

/** Keeps an element that somebody reached by keyboard from being hidden, see focus.ts. */
function uncover() {
	// In the next frame the browser itself has scrolled to it.
	requestAnimationFrame(
		() => ofDocument('activeElement')?.matches(':focus-visible') && part('focus').then(focus => focus.uncover(host, front)),
	);
}
