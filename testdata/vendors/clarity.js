// The double of Microsoft Clarity: records from the start, with cookies only
// under consent, and starts anew without them when that is refused.
// https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-consent-api-v2
(() => {
  const { origin } = new URL(document.currentScript.src)
  const site = '/' + location.pathname.split('/')[1] + '/'
  const cookies = ['_clck', '_clsk']
  let running = false
  let state = { ad_Storage: 'denied', analytics_Storage: 'denied' }

  const collect = () => {
    const query = new URLSearchParams({ ad: state.ad_Storage, analytics: state.analytics_Storage })
    navigator.sendBeacon(`${origin}/vendors/collect/clarity?${query}`)
  }
  const start = () => {
    running = true
    collect()
  }
  const methods = {
    consentv2(said) {
      window.received('clarity', 'consentv2', { ...said })
      if (!running) return // It starts anew, and takes no consent until it has.
      state = said
      if (said.analytics_Storage === 'granted') {
        for (const name of cookies) document.cookie = `${name}=double; path=${site}; max-age=31536000; samesite=lax`
        collect()
        return
      }
      for (const name of cookies) document.cookie = `${name}=; path=${site}; max-age=0`
      running = false
      setTimeout(start, 250)
    },
    set() {},
  }
  const waiting = (window.clarity && window.clarity.q) || []
  window.clarity = (method, ...rest) => methods[method](...rest)
  window.clarity.v = 'double'
  start()
  for (const call of waiting) window.clarity(...call)
})()
