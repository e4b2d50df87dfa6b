// The double of a reading toolbar (Recite Me, ReachDeck): a button, and in the
// browser's storage what was set with it.
(() => {
  const { origin, searchParams } = new URL(document.currentScript.src)
  const vendor = searchParams.get('vendor')
  const site = '/' + location.pathname.split('/')[1] + '/'
  if (vendor === 'reciteme') document.cookie = `Recite.Persist=true; path=${site}; max-age=31536000; samesite=lax`
  else localStorage.setItem('baSettings', '{}')
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = `Read aloud with ${vendor}`
  document.querySelector('main').append(button)
  navigator.sendBeacon(`${origin}/vendors/collect/${vendor}`)
})()
