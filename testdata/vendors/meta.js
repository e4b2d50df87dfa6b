// The double of the Meta Pixel (fbevents.js): takes over the queue that the tag
// made, and holds what is to be sent back while consent is revoked.
// https://developers.facebook.com/docs/meta-pixel/implementation/gdpr
(() => {
  const { origin } = new URL(document.currentScript.src)
  const site = '/' + location.pathname.split('/')[1] + '/'
  const { fbq } = window
  const held = []
  let revoked = false
  let pixel

  const send = (event) => {
    document.cookie = `_fbp=fb.1.double; path=${site}; max-age=7776000; samesite=lax`
    new Image().src = `${origin}/vendors/collect/meta?${new URLSearchParams({ id: pixel, ev: event })}`
  }
  const methods = {
    consent(what) {
      revoked = what === 'revoke'
      if (!revoked) held.splice(0).forEach(send)
    },
    init: (id) => (pixel = id),
    track: (event) => (revoked ? held.push(event) : send(event)),
  }
  fbq.callMethod = (method, ...rest) => {
    window.received('meta', method, ...rest)
    methods[method](...rest)
  }
  for (const call of fbq.queue.splice(0)) fbq.callMethod(...call)
})()
