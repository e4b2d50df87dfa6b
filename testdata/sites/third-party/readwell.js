// The reading toolbar of "Readwell", a made-up company: one button that makes
// the text larger, and a note in the browser's storage of what was set.
(() => {
  const key = 'readwell.toolbar'
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'readwell'
  button.textContent = 'Larger text'
  const show = (large) => {
    document.documentElement.classList.toggle('readwell-large', large)
    button.setAttribute('aria-pressed', String(large))
    localStorage.setItem(key, large ? 'large' : 'normal')
  }
  button.addEventListener('click', () => show(button.getAttribute('aria-pressed') !== 'true'))
  document.querySelector('[data-readwell]')?.append(button)
  show(localStorage.getItem(key) === 'large')
  window.demoRan?.('Readwell: reading toolbar')
})()
