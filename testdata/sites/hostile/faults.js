// Does what the audit must find: keeps things that nobody declared, or for longer
// than declared, and reports to a company that nobody named.
(() => {
  const stranger = document.currentScript.dataset.stranger
  document.cookie = 'planted_id=1; path=/; max-age=2592000'
  document.cookie = 'lb_route=a; path=/; max-age=2592000'
  // Where no script of this page can see it, nor delete it.
  document.cookie = '_sl_hidden=1; path=/elsewhere/; max-age=86400'
  localStorage.setItem('planted.local', '1')
  sessionStorage.setItem('planted.session', '1')
  indexedDB.open('planted-base')
  navigator.sendBeacon(stranger + '/third-party/collect?email=somebody@example.org', 'seen')
  new WebSocket(stranger.replace('http', 'ws') + '/third-party/socket')
  fetch('/g/collect?v=2', { method: 'POST' }).catch(() => {})
})()
