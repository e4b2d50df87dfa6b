// What scripts of old have added to all objects, arrays and texts, where every
// for…in comes upon it.
Object.prototype.extend = function (more) { for (const name in more) this[name] = more[name]; return this }
Object.prototype.version = '1.6'
Object.prototype.count = 1
Object.prototype.strict = true
Array.prototype.each = function (visit) { for (let i = 0; i < this.length; i++) visit(this[i], i) }
Array.prototype.last = function () { return this[this.length - 1] }
Array.prototype.remove = function (item) { return this.filter((it) => it !== item) }
String.prototype.strip = function () { return this.replace(/^\s+|\s+$/g, '') }
Function.prototype.defer = function () { return setTimeout(this, 10) }
