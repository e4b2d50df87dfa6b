// The pixel of "Circle Social", a made-up social network: it recognises the
// visitor by a cookie here and by one of its own.
(() => {
  const home = new URL(document.currentScript.src).origin
  const site = '/' + location.pathname.split('/')[1] + '/'
  document.cookie = `_cp=cp.${Date.now().toString(36)}; path=${site}; max-age=7776000; samesite=lax`
  const image = new Image(1, 1)
  image.src = home + '/third-party/pixel.gif?event=view&page=' + encodeURIComponent(location.pathname)
  window.demoRan?.('Circle: marketing pixel')
})()
