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

/** How a take-over went. */
export interface Outcome {
  /** The first place where an element had to be made or removed, or "". */
  mended: string;
  /** The first place where a text or an attribute was not what the client says, or "". */
  changed: string;
}

/** An element that is being built: created, and not yet appended. */
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
const properties =
  /^(value|contenteditable|ismap|readonly|async|auto(focus|play)|checked|default|defer|disabled|hidden|loop|multiple|muted|open|required|reversed|selected)$/;

/**
 * Makes the next mount into body adopt root and all that is in it. done is called
 * when the mount is complete; until then, or until the function that is returned
 * has been called, the DOM methods that go-app uses are not the browser's own.
 */
export function adopt(root: Element, done: (outcome: Outcome) => void): () => void {
  const outcome: Outcome = { mended: "", changed: "" };
  const stack: Frame[] = [];
  const { appendChild, replaceChild } = Node.prototype;
  const { setAttribute } = Element.prototype;
  const doc = Document.prototype;

  const note = (kind: keyof Outcome, what: string, node: Node): void => {
    outcome[kind] ||= `${what} ${node.nodeName.toLowerCase()}${(node as Element).id ? "#" + (node as Element).id : ""}`;
  };

  /** The next node of the mount: the one that stands there, if it fits, or else a new one. */
  const claim = <N extends Node>(fits: (node: Node) => boolean, make: () => N): N => {
    const parent = stack.at(-1);
    let found: ChildNode | null = parent ? parent.next : root;
    if (parent && found?.nextSibling && !fits(found) && fits(found.nextSibling)) {
      note("mended", "removed", found);
      parent.next = found.nextSibling;
      found.remove();
      found = parent.next;
    }
    const kept = !!found && fits(found);
    const node = kept ? (found as unknown as N) : make();
    if (!kept && (!parent || parent.kept) && !(node instanceof Text && !node.data)) note("mended", "made", node);
    stack.push({ node, kept, next: kept ? node.firstChild : null, set: new Set() });
    return node;
  };
  const element = (name: string) => (node: Node) => (node as Element).localName === name;

  /** Ends the newest frame: what the client has not asked for goes. */
  const close = (): Frame => {
    const frame = stack.pop()!;
    const { node } = frame;
    if (!(frame.kept && node instanceof Element)) return frame;
    // A text area's child is the text it began with; what it holds now is its value.
    while (frame.next && node.localName !== "textarea") {
      const extra = frame.next;
      frame.next = extra.nextSibling;
      note("mended", "removed", extra);
      extra.remove();
    }
    for (const name of node.getAttributeNames()) {
      if (!frame.set.has(name.toLowerCase()) && !properties.test(name)) {
        note("changed", name + " of", node);
        node.removeAttribute(name);
      }
    }
    return frame;
  };

  const stop = (): void => {
    for (const name of ["createElement", "createElementNS", "createTextNode"] as const) delete (document as Partial<Document>)[name];
    Object.assign(Node.prototype, { appendChild, replaceChild });
    Element.prototype.setAttribute = setAttribute;
  };

  document.createElement = (name: string) => claim(element(name), () => doc.createElement.call(document, name)) as HTMLElement;
  document.createElementNS = ((space: string, name: string) =>
    claim(element(name), () => doc.createElementNS.call(document, space, name))) as typeof document.createElementNS;
  document.createTextNode = (data: string) => {
    const text = claim(
      (node) => data !== "" && node instanceof Text,
      () => doc.createTextNode.call(document, data),
    );
    if (text.data !== data) {
      note("changed", "text in", stack.at(-2)?.node ?? text);
      text.data = data;
    }
    return text;
  };
  Element.prototype.setAttribute = function (name, value) {
    const frame = stack.at(-1);
    if (frame?.node === this && frame.kept) {
      frame.set.add(name.toLowerCase());
      if (this.getAttribute(name) === value) return; // setting it again could load an image again
      note("changed", name + " of", this);
    }
    setAttribute.call(this, name, value);
  };
  Node.prototype.appendChild = function (child) {
    if (stack.at(-1)?.node !== (child as Node) || stack.at(-2)?.node !== this) return appendChild.call(this, child) as typeof child;
    const { kept } = close();
    const parent = stack.at(-1)!;
    if (kept) parent.next = child.nextSibling;
    else this.insertBefore(child, parent.next);
    return child;
  };
  Node.prototype.replaceChild = function (node, old) {
    if (stack.length !== 1 || stack[0].node !== (node as Node) || this !== document.body) return replaceChild.call(this, node, old) as typeof old;
    close();
    stop();
    if ((node as Node) !== old) this.replaceChild(node, old);
    done(outcome);
    return old;
  };
  return stop;
}
