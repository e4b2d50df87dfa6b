// The tag of "Sitelook Analytics", a made-up company. It does what such tags
// do: gives the visitor an identifier and reports every page view.
(() => {
  const home = new URL(document.currentScript.src).origin
  const site = '/' + location.pathname.split('/')[1] + '/'
  const found = /(?:^|; )_sl=([^;]*)/.exec(document.cookie)
  const visitor = found ? found[1] : 'SL.' + Math.random().toString(36).slice(2, 12)
  const keep = `; path=${site}; max-age=34214400; samesite=lax`
  document.cookie = `_sl=${visitor}${keep}`
  document.cookie = `_sl_visit=1${keep}`
  const report = ([what, value]) =>
    navigator.sendBeacon(home + '/third-party/collect', new URLSearchParams({ from: 'sitelook', visitor, what, value }))
  const queue = window.sitelook || []
  queue.forEach(report)
  window.sitelook = { push: report }
  window.demoRan?.('Sitelook: statistics tag')
})()
