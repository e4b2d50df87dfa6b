// An app that takes the whole body for itself, twice, and adds gated content late.
const third = document.currentScript.dataset.third
let presses = 0
addEventListener('load', () => {
  const body = document.createElement('body')
  const root = document.createElement('div')
  root.id = 'app'
  root.innerHTML = '<h1>The app</h1><p><button type="button" id="next">Next view</button></p>'
  body.append(root)
  document.body.replaceWith(body)
  root.querySelector('#next').addEventListener('click', () => {
    history.pushState({ view: 2 }, '', '?view=2')
    document.body.innerHTML = `<div id="app"><h1>Second view</h1>
      <p><button type="button" id="button">A button</button> <output id="presses">0</output></p>
      <iframe data-consent="marketing" data-src="${third}/third-party/player?film=spa" title="A film in the app" width="320" height="180"></iframe></div>`
    const tag = document.createElement('script')
    tag.type = 'text/plain'
    tag.dataset.consent = 'statistics'
    tag.src = third + '/third-party/sitelook.js'
    document.body.append(tag)
    document.getElementById('button').addEventListener('click', () => {
      document.getElementById('presses').textContent = ++presses
    })
  })
})
