// A page in the manner of 2010: a function $ for everything, a script written
// into the page, and content that comes as markup when the page is ready.
(function (window) {
  var $ = function (what) { return typeof what === 'function' ? $.ready(what) : new $.fn.init(what) }
  $.fn = $.prototype = {
    init: function (selector) {
      var found = document.querySelectorAll(selector)
      for (var i = 0; i < found.length; i++) this[i] = found[i]
      this.length = found.length
    },
    each: function (visit) { for (var i = 0; i < this.length; i++) visit.call(this[i]); return this },
    html: function (markup) { return this.each(function () { this.innerHTML = markup }) },
    click: function (listener) { return this.each(function () { this.onclick = listener }) },
  }
  $.fn.init.prototype = $.fn
  $.ready = function (run) { document.addEventListener('DOMContentLoaded', run, false) }
  window.$ = window.jQuery = $
})(window)
var presses = 0
$(function () {
  var film = document.getElementById('page').getAttribute('title')
  $('#page').each(function () { this.removeAttribute('title') })
  $('#news').html('<iframe data-consent="marketing" data-src="' + film + '" title="A film on the page" width="320" height="180"></iframe>')
  $('#button').click(function () { $('#presses').html(++presses) })
})
document.write('<script type="text/javascript" src="written.js"><' + '/script>')
