// The double of Matomo's tracker: sorts what _paq held, applies it, and from
// then on takes each call as it comes.
// https://developer.matomo.org/guides/tracking-consent
// https://developer.matomo.org/api-reference/tracking-javascript
(() => {
  const { origin } = new URL(document.currentScript.src)
  const site = '/' + location.pathname.split('/')[1] + '/'
  const year = 31536000
  const has = (name) => document.cookie.split('; ').some((cookie) => cookie.startsWith(name + '='))
  const keep = (name, age) => (document.cookie = `${name}=${Date.now()}; path=${site}; max-age=${age}; samesite=lax`)
  const drop = (name) => keep(name, 0)
  const waiting = []
  // An objection that Matomo remembers itself counts from the start.
  let allowed = !has('mtm_consent_removed')
  let cookies = true

  const send = (action) => {
    if (cookies) keep('_pk_id.1', year)
    navigator.sendBeacon(`${origin}/vendors/collect/matomo?${new URLSearchParams({ action, cookies })}`)
  }
  const methods = {
    requireConsent() {
      allowed = has('mtm_consent') && !has('mtm_consent_removed')
      if (!allowed) cookies = false
    },
    setConsentGiven(withCookies = true) {
      allowed = true
      drop('mtm_consent_removed')
      if (withCookies) methods.setCookieConsentGiven()
      waiting.splice(0).forEach(send)
    },
    forgetConsentGiven() {
      drop('mtm_consent')
      keep('mtm_consent_removed', 30 * year)
      methods.forgetCookieConsentGiven()
      methods.requireConsent()
    },
    requireCookieConsent() {
      if (!has('mtm_cookie_consent')) cookies = false
    },
    setCookieConsentGiven: () => (cookies = true),
    forgetCookieConsentGiven() {
      cookies = false
      drop('_pk_id.1')
    },
    optUserOut: () => methods.forgetConsentGiven(),
    forgetUserOptOut: () => methods.setConsentGiven(false),
    rememberConsentGiven() {
      keep('mtm_consent', 30 * year)
      methods.setConsentGiven()
    },
    setTrackerUrl() {},
    setSiteId() {},
    trackPageView: () => (allowed ? send('page') : waiting.push('page')),
  }
  const apply = ([method, ...rest]) => {
    window.received('matomo', method, ...rest)
    methods[method](...rest)
  }
  // These come first, in this order, wherever they stand in the queue.
  const first = [
    'forgetCookieConsentGiven', 'requireCookieConsent', 'setTrackerUrl', 'setSiteId', 'setCookieConsentGiven', 'requireConsent', 'setConsentGiven',
  ]
  const queue = [...window._paq]
  for (const method of first) queue.filter((call) => call[0] === method).forEach(apply)
  queue.filter((call) => !first.includes(call[0])).forEach(apply)
  window._paq = { push: (...calls) => calls.forEach(apply) }
})()
