// A page that trusts nobody with the prototypes.
for (const it of [Object, Array, String, Function, Promise, Map, Set, Node, Element, HTMLElement, Document, EventTarget]) {
  Object.freeze(it.prototype)
  Object.freeze(it)
}
Object.freeze(JSON)
