// A page whose tools have put functions of their own over the browser's: one
// watches the network, one dates, one what is added to the page, one every
// listener; and a module loader of old is there.
(() => {
  const { fetch, JSON: { parse } } = window
  window.fetch = (input, init) => {
    const request = new Request(input, init)
    return fetch.call(window, request).then((answer) => answer)
  }
  // It makes dates of texts, and knows nothing of a reviver of the caller's.
  JSON.parse = (text) => parse(text, (_, value) => (/^\d{4}-\d\d-\d\d/.test(value) ? new Date(value) : value))
  for (const name of ['appendChild', 'insertBefore', 'replaceChild', 'removeChild']) {
    const own = Node.prototype[name]
    // It gives nothing back, and does not have just any script.
    Node.prototype[name] = function (node, ...rest) {
      if (node.localName === 'script' && !node.src) return
      own.call(this, node, ...rest)
    }
  }
  const { createElement } = Document.prototype
  Document.prototype.createElement = function (name) {
    return createElement.call(this, String(name).toUpperCase())
  }
  const { addEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    addEventListener.call(this, type, typeof listener === 'function' ? function (event) { return listener.call(this, event) } : listener, options)
  }
  const { pushState } = history
  history.pushState = function (...args) { pushState.apply(this, args) }
  window.define = (...args) => window.define.calls.push(args)
  window.define.calls = []
  window.define.amd = { jQuery: true }
  window.require = window.exports = window.module = undefined
})()
