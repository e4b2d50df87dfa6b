// Taking the page over without replacing it.
//
// go-app knows no hydration. Its first mount draws a new tree and puts it in the
// place of the body's first element, which would cost a person their focus,
// caret, scroll, and any word that an input method is composing. But it builds
// the tree in a fixed order: an element is created, gets its attributes and
// listeners, then each child is built and appended (engine.go: Load; node.go:
// mountHTML, mountText). The prerendered page is the same tree, so the calls
// that create and append are answered, while that mount runs, with the nodes
// that are there.
//
// Where the two trees differ, the client's one wins: a node that is missing is
// made and put in its place, a node too many is removed. That is a defect of a
// component, to be found by tests, but never one that breaks the page.

/**
 * How a take-over went: "adopted"; "adopted, changed: …", where a text or an
 * attribute now says something else, as it may if it depends on what was typed;
 * or "mended: …", where a node had to be made or removed. With the first place.
 */
export type Outcome = string;

/** A node that is being built: created, and not yet appended. */
interface Frame {
	node: Node;
	/** It was there before. */
	kept: boolean;
	/** The child that comes next, if it was there before. */
	next: ChildNode | null;
	/** Names of the attributes that the client has set. */
	set: Set<string>;
}

/** Attributes that go-app sets as properties (attribute.go: setJSAttribute), so they are its own to clear. */
const properties = /^(autofocus|checked|disabled|hidden|multiple|open|readonly|required|reversed|selected|value)$/;

/**
 * Makes the next mount into body adopt root and all that is in it. done is called
 * when the mount is complete; until then, or until the function that is returned
 * has been called, the DOM methods that go-app uses are not the browser's own.
 */
export function adopt(root: Element, done: (outcome: Outcome) => void): () => void {
	let mended = '';
	let changed = '';
	const stack: Frame[] = [];
	const { createElement, createElementNS, createTextNode } = document;
	const { appendChild, replaceChild } = Node.prototype;
	const { setAttribute } = Element.prototype;

	const top = (below = 0): Frame | undefined => stack[stack.length - 1 - below];
	const place = (what: string, node: Node): string =>
		what + node.nodeName.toLowerCase() + ((node as Element).id ? '#' + (node as Element).id : '');
	const mend = (what: string, node: Node) => (mended ||= place('mended: ' + what, node));
	const change = (what: string, node: Node) => (changed ||= place('adopted, changed: ' + what, node));

	/** The next node of the mount: the one that stands there, if it fits, or else a new one. */
	const claim = <N extends Node>(fits: (node: Node) => boolean, make: () => N): N => {
		const parent = top();
		let found: ChildNode | null = parent ? parent.next : root;
		if (parent && found?.nextSibling && !fits(found) && fits(found.nextSibling)) {
			mend('removed ', found);
			parent.next = found.nextSibling;
			found.remove();
			found = parent.next;
		}
		const kept = !!found && fits(found);
		const node = kept ? (found as unknown as N) : make();
		// The server's HTML has no empty texts, and what is in a new node is new.
		if (!kept && (!parent || parent.kept) && (node as Node as CharacterData).data !== '') mend('made ', node);
		stack.push({ node, kept, next: kept ? node.firstChild : null, set: new Set() });
		return node;
	};
	const element = (name: string, make: () => Element): Element =>
		claim(node => (node as Element).localName === name, make);

	/** Ends the newest frame: what the client has not asked for goes. */
	const close = (): Frame => {
		const frame = stack.pop()!;
		const { node, kept, set } = frame;
		if (!kept || !(node instanceof Element)) return frame;
		// A text area's child is the text it began with; what it holds now is its value.
		while (frame.next && node.localName !== 'textarea') {
			const extra = frame.next;
			frame.next = extra.nextSibling;
			mend('removed ', extra);
			extra.remove();
		}
		for (const name of node.getAttributeNames()) {
			if (set.has(name.toLowerCase()) || properties.test(name)) continue;
			change(name + ' of ', node);
			node.removeAttribute(name);
		}
		return frame;
	};

	const stop = () => {
		Object.assign(document, { createElement, createElementNS, createTextNode });
		Object.assign(Node.prototype, { appendChild, replaceChild });
		Object.assign(Element.prototype, { setAttribute });
	};

	Object.assign(document, {
		createElement: (name: string) => element(name, () => createElement.call(document, name)),
		createElementNS: (space: string, name: string) => element(name, () => createElementNS.call(document, space, name)),
		createTextNode(data: string) {
			const text = claim(
				node => data !== '' && node instanceof Text,
				() => createTextNode.call(document, data),
			);
			if (text.data !== data) {
				change('text in ', top(1)!.node);
				text.data = data;
			}
			return text;
		},
	});
	Object.assign(Element.prototype, {
		setAttribute(this: Element, name: string, value: string) {
			const frame = top();
			if (frame?.node === this && frame.kept) {
				frame.set.add(name.toLowerCase());
				if (this.getAttribute(name) === value) return; // setting it again could load an image again
				change(name + ' of ', this);
			}
			setAttribute.call(this, name, value);
		},
	});
	Object.assign(Node.prototype, {
		appendChild(this: Node, child: ChildNode) {
			const parent = top(1);
			if (top()?.node !== child || parent?.node !== this) return appendChild.call(this, child);
			if (close().kept) parent.next = child.nextSibling;
			else this.insertBefore(child, parent.next);
			return child;
		},
		replaceChild(this: Node, node: Node, old: Node) {
			if (stack.length !== 1 || top()!.node !== node) return replaceChild.call(this, node, old);
			close();
			stop();
			if (node !== old) this.replaceChild(node, old);
			done(mended || changed || 'adopted');
			return old;
		},
	});
	return stop;
}
