// The double of a Google tag and of Tag Manager: takes commands from
// window.dataLayer, and stores and reports as consent mode allows.
// https://developers.google.com/tag-platform/security/guides/consent
// https://developers.google.com/tag-platform/security/concepts/consent-mode
(() => {
  const { origin, searchParams } = new URL(document.currentScript.src)
  const tag = searchParams.get('id')
  const site = '/' + location.pathname.split('/')[1] + '/'
  const consent = {}
  const settings = {}
  // A type that nobody spoke of counts as granted.
  const granted = (type) => consent[type] !== 'denied'
  const keep = (name) => (document.cookie = `${name}=GA1.1.double; path=${site}; max-age=34560000; samesite=lax`)
  let configured = false

  // A hit goes out whatever the consent; only cookies and what it says of the consent differ.
  const hit = (event) => {
    if (granted('analytics_storage')) keep('_ga')
    if (granted('ad_storage')) keep('_gcl_au')
    const state = `G1${+granted('ad_storage')}${+granted('analytics_storage')}`
    const query = new URLSearchParams({ tid: tag, en: event, gcs: state, redacted: !!settings.ads_data_redaction })
    navigator.sendBeacon(`${origin}/vendors/collect/google?${query}`)
  }
  const commands = {
    consent(when, types) {
      Object.assign(consent, types)
      if (when === 'update' && configured) hit('consent_update')
    },
    set: (name, value) => (settings[name] = value),
    js() {},
    config() {
      configured = true
      hit('page_view')
    },
    event: hit,
  }
  const take = (entry) => {
    // Commands are what gtag pushes: its arguments. An array is none.
    const command = Object.prototype.toString.call(entry) === '[object Arguments]'
    window.received('google', ...(command ? entry : ['pushed', entry]))
    if (command) commands[entry[0]](...Array.from(entry).slice(1))
    else if (entry.event === 'gtm.js') commands.config()
  }

  const layer = (window.dataLayer = window.dataLayer || [])
  window.google_tag_manager = { [tag]: {} }
  layer.forEach(take)
  layer.push = (...entries) => {
    entries.forEach(take)
    return Array.prototype.push.apply(layer, entries)
  }
})()
