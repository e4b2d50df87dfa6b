// Building and finding elements, without markup in strings: a page that
// enforces Trusted Types and a strict content security policy stays whole.

import type { Tree } from './site';

export const html = document.documentElement;

/** Builds a tree. */
export function build(tree: Tree): HTMLElement {
	// Callers get the root of a tree, which is an element; a text is appended as it is.
	if (typeof tree === 'string') return tree as string & HTMLElement;
	const [tag, attributes, ...children] = tree;
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
	element.append(...children.map(build));
	return element;
}

/** Focuses an element without scrolling to it. */
export const focus = (element?: Element | null): void => (element as HTMLElement | null)?.focus({ preventScroll: true });
