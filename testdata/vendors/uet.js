// The double of Microsoft Advertising's tag (UET): window.uetq becomes an
// object of the class UET, which takes what the queue held.
// https://help.ads.microsoft.com/#apex/ads/en/60119
(() => {
  const { origin } = new URL(document.currentScript.src)
  const site = '/' + location.pathname.split('/')[1] + '/'
  window.UET = class {
    // In the United Kingdom consent is denied where nobody says otherwise.
    consent = 'denied'

    constructor({ ti, q }) {
      this.tag = ti
      this.push(...q)
    }

    push(...parts) {
      while (parts.length) {
        const command = parts.shift()
        if (command === 'consent') this.agree(parts.shift(), parts.shift())
        else if (command === 'pageLoad') this.hit('pageLoad')
      }
    }

    agree(when, { ad_storage }) {
      window.received('uet', 'consent', when, ad_storage)
      this.consent = ad_storage
      if (when === 'update' && this.seen) this.hit('consent')
    }

    hit(event) {
      this.seen = true
      const yes = this.consent === 'granted'
      if (yes) document.cookie = `_uetvid=double; path=${site}; max-age=33696000; samesite=lax`
      else document.cookie = `_uetvid=; path=${site}; max-age=0`
      const query = new URLSearchParams({ ti: this.tag, evt: event, asc: yes ? 'G' : 'D' })
      navigator.sendBeacon(`${origin}/vendors/collect/uet?${query}`)
    }
  }
})()
