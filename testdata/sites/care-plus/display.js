// Text size and colours as the visitor set them. Kept on the device, sent to nobody.
(() => {
  const root = document.documentElement
  const kept = (localStorage.getItem('display') || '').split(' ')
  const place = document.querySelector('[data-display]')
  const save = () => localStorage.setItem('display', ['large', 'dark'].filter((c) => root.classList.contains(c)).join(' '))
  for (const [name, label] of [['large', 'Large text'], ['dark', 'Dark colours']]) {
    root.classList.toggle(name, kept.includes(name))
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = label
    const tell = () => button.setAttribute('aria-pressed', String(root.classList.contains(name)))
    button.addEventListener('click', () => {
      root.classList.toggle(name)
      save()
      tell()
    })
    tell()
    place?.append(button, ' ')
  }
  window.demoRan?.('Own script: text size and colours')
})()
