// The double of Hotjar: records as soon as it runs. It documents no call for
// consent or its withdrawal, so all that stops it is that it does not run.
// https://help.hotjar.com/hc/en-us/articles/4405109971095-Hotjar-Tracking-Code
(() => {
  const { origin } = new URL(document.currentScript.src)
  const site = '/' + location.pathname.split('/')[1] + '/'
  const id = window._hjSettings.hjid
  document.cookie = `_hjSessionUser_${id}=double; path=${site}; max-age=31536000; samesite=lax`
  document.cookie = `_hjSession_${id}=double; path=${site}; max-age=1800; samesite=lax`
  navigator.sendBeacon(`${origin}/vendors/collect/hotjar?id=${id}`)
  const waiting = window.hj.q || []
  window.hj = (...call) => window.received('hotjar', ...call)
  for (const call of waiting) window.hj(...call)
})()
