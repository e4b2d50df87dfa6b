// A page whose script of old has every object write its own JSON, and whose
// JSON.stringify and JSON.parse are its own: parse makes dates of texts.
(() => {
  const { parse, stringify } = JSON
  Object.defineProperty(Object.prototype, 'toJSON', {
    configurable: true, writable: true,
    value: function () { return typeof this === 'object' ? '[' + Object.keys(this) + ']' : this.valueOf() },
  })
  JSON.stringify = (...args) => stringify(...args)
  JSON.parse = (text) => parse(text, (_, value) => (/^\d{4}-\d\d-\d\d/.test(value) ? new Date(value) : value))
})()
