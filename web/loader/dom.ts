// Building and finding elements, without markup in strings: a page that
// enforces Trusted Types and a strict content security policy stays whole.

import type { Tree } from './site';

export const html = document.documentElement;

/** Builds a tree. In its texts and attributes, {name} stands for the fill of that name. */
export function build(tree: Tree, fill: Record<string, string> = {}): HTMLElement {
	const text = (s: string) => s.replace(/{(\w+)}/g, (_, name) => fill[name]);
	// Callers get the root of a tree, which is an element.
	if (typeof tree === 'string') return document.createTextNode(text(tree)) as Node as HTMLElement;
	const [tag, attributes, ...children] = tree;
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, text(value));
	element.append(...children.map(child => build(child, fill)));
	return element;
}

/** The innermost element of an event's path that has the data attribute, open shadow roots included. */
export const hit = (event: Event, name: string): HTMLElement | undefined =>
	(event.composedPath() as HTMLElement[]).find(node => node.dataset?.[name]);

/** Focuses an element without scrolling to it. */
export const focus = (element?: Element | null): void => (element as HTMLElement | null)?.focus({ preventScroll: true });
