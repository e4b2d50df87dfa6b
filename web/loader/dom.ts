// Building and finding elements, without markup in strings: a page that
// enforces Trusted Types and a strict content security policy stays whole.

import type { Tree } from './site';

export const html = document.documentElement;

/** Builds a tree. In its texts and attributes, {name} stands for the fill of that name. */
export function build(tree: Tree, fill: Record<string, string> = {}): HTMLElement {
	const text = (s: string) => s.replace(/{(\w+)}/g, (token, name) => fill[name] ?? token);
	// Only the root of a tree is handed out, and that is an element.
	if (typeof tree === 'string') return document.createTextNode(text(tree)) as Node as HTMLElement;
	const [tag, attributes, ...children] = tree;
	const element = document.createElement(tag);
	for (const name of Object.keys(attributes || {})) element.setAttribute(name, text((attributes as Record<string, string>)[name]));
	element.append(...children.map(child => build(child, fill)));
	return element;
}

/** The innermost element of an event's path that carries the data attribute, seen through open shadow roots. */
export const hit = (event: Event, name: string): HTMLElement | undefined =>
	(event.composedPath() as HTMLElement[]).find(node => node.dataset && name in node.dataset);

/** Calls back when the page is complete. */
export const loaded = (then: () => void): void =>
	document.readyState === 'complete' ? then() : addEventListener('load', then);

/** Calls back once what was drawn has been painted; in a page that is not painted, soon. */
export function painted(then: () => void): void {
	let once: (() => void) | undefined = then;
	const run = () => {
		once?.();
		once = undefined;
	};
	requestAnimationFrame(() => setTimeout(run));
	setTimeout(run, 300);
}
