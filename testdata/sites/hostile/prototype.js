// A page with a library of 2008 that writes JSON by itself: each kind of value says
// what its JSON is, as text, which JSON.stringify then takes for a text like any other.
(() => {
  const write = (value) => {
    if (value === null || typeof value === 'boolean') return String(value)
    if (typeof value === 'undefined' || typeof value === 'function') return
    if (value.toJSON) return value.toJSON()
    const members = []
    for (const name in value) {
      const text = write(value[name])
      if (text !== undefined) members.push(name.toJSON() + ':' + text)
    }
    return '{' + members.join(',') + '}'
  }
  String.prototype.toJSON = function () { return '"' + this.replace(/["\\]/g, '\\$&') + '"' }
  Number.prototype.toJSON = function () { return isFinite(this) ? this.toString() : 'null' }
  Array.prototype.toJSON = function () {
    return '[' + this.map(write).filter((text) => text !== undefined).join(',') + ']'
  }
  Date.prototype.toJSON = function () { return '"' + this.toISOString().slice(0, 19) + 'Z"' }
  window.Lib = { write }
})()
