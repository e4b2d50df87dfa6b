// Two plugins of a WordPress website that ask the WP Consent API, as its readme
// shows them how: one counts visits anonymously, one shows advertisements.
(() => {
  const site = '/' + location.pathname.split('/')[1] + '/'
  const plugins = { 'statistics-anonymous': 'wp_counter', marketing: 'wp_adverts' }
  const look = () => {
    for (const [category, cookie] of Object.entries(plugins)) {
      const yes = window.wp_has_consent(category)
      document.cookie = `${cookie}=1; path=${site}; max-age=${yes ? 86400 : 0}; samesite=lax`
    }
  }
  document.addEventListener('wp_listen_for_consent_change', look)
  // Without a type every category counts as allowed: they wait until one is defined.
  if (window.wp_consent_type) look()
  else document.addEventListener('wp_consent_type_defined', () => setTimeout(look))
})()
