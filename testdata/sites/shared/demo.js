// Essential script of every demonstration website: opens the menu on small
// screens, and keeps the list "Behind the scenes" of what has run on the page.
(() => {
  const ran = []
  const show = () => {
    const list = document.querySelector('[data-demo-ran]')
    const cookies = document.querySelector('[data-demo-cookies]')
    if (!list || !cookies) return
    list.textContent = ran.length ? ran.join('; ') : 'nothing yet'
    cookies.textContent = document.cookie.split('; ').map((c) => c.split('=')[0]).filter(Boolean).join(', ') || 'none'
  }
  // Tags of the demonstration call this when they run.
  window.demoRan = (what) => {
    ran.push(what)
    show()
  }
  window.demoRan.list = ran
  document.addEventListener('DOMContentLoaded', () => {
    show()
    for (const button of document.querySelectorAll('[data-menu]')) {
      const menu = document.getElementById(button.getAttribute('aria-controls'))
      button.addEventListener('click', () => {
        const open = button.getAttribute('aria-expanded') !== 'true'
        button.setAttribute('aria-expanded', String(open))
        menu.classList.toggle('open', open)
      })
    }
  })
  document.addEventListener('latchkey:choice', () => setTimeout(show))
})()
