// The double of the script that the WordPress plugin WP Consent API adds to its
// website: who may do what, by category, kept in cookies of the website.
// https://github.com/WordPress/wp-consent-level-api (readme)
(() => {
  const site = '/' + location.pathname.split('/')[1] + '/'
  const answer = (category) => {
    const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(`wp_consent_${category}=`))
    return found ? found.split('=')[1] : ''
  }
  window.wp_has_consent = (category) => {
    const type = window.wp_consent_type
    if (!type) return true // Nobody manages consent here.
    if (type === 'optout' && !answer(category)) return true
    return answer(category) === 'allow'
  }
  window.wp_set_consent = (category, value) => {
    window.received('wordpress', window.wp_consent_type, category, value)
    const before = answer(category)
    document.cookie = `wp_consent_${category}=${value}; path=${site}; max-age=2592000; samesite=lax`
    if (before !== value) document.dispatchEvent(new CustomEvent('wp_listen_for_consent_change', { detail: { [category]: value } }))
  }
})()
