// Building and finding elements, without markup in strings: a page that
// enforces Trusted Types and a strict content security policy stays whole.
//
// In markup that a stranger wrote, a name hides what the document has: with
// <img name="cookie"> in the page, document.cookie is that image (HTML, section
// 3.1.7, named properties of documents). So nothing here is asked of it directly.

import type { Tree } from './site';

type Named = 'activeElement' | 'body' | 'cookie' | 'currentScript' | 'documentElement';

/** A property of the document as the browser made it. */
export const ofDocument = <K extends Named>(name: K): Document[K] => Reflect.get(Document.prototype, name, document);

export const setCookie = (text: string): boolean => Reflect.set(Document.prototype, 'cookie', text, document);

/** Listens to an event that the document hears. */
export const listen = (type: string, listener: (event: any) => void): void => addEventListener.call(document, type, listener);

export const html = /* @__PURE__ */ ofDocument('documentElement');

export const create = <K extends string>(tag: K): K extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[K] : HTMLElement =>
	Document.prototype.createElement.call(document, tag) as any;

/** Builds a tree. In loops, because pages replace the methods of arrays. */
export function build(tree: Tree): HTMLElement {
	// Callers get the root of a tree, which is an element; a text is appended as it is.
	if (typeof tree === 'string') return tree as string & HTMLElement;
	const [tag, attributes, ...children] = tree;
	const element = create(tag) as HTMLElement;
	for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
	for (const child of children) element.append(build(child));
	return element;
}

/** Focuses an element without scrolling to it. */
export const focus = (element?: Element | null): void => (element as HTMLElement | null)?.focus({ preventScroll: true });
