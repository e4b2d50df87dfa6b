// Counts visits on the website's own server, as a self-hosted Matomo does. The
// sites that use it rest it on the statistics exemption, so it runs before a
// choice and stops when the visitor objects.
(() => {
  const site = '/' + location.pathname.split('/')[1] + '/'
  if (!/(?:^|; )_pk_id\.1=/.test(document.cookie)) {
    document.cookie = `_pk_id.1=${Math.random().toString(16).slice(2, 10)}.1; path=${site}; max-age=33955200; samesite=lax`
  }
  navigator.sendBeacon('/shared/visit', new URLSearchParams({ page: location.pathname }))
  window.demoRan?.('Own counter: visit')
})()
