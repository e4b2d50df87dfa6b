// What the page does for itself: it counts how often its button is pressed.
(() => {
  const presses = document.getElementById('presses')
  document.getElementById('button').addEventListener('click', () => {
    presses.textContent = Number(presses.textContent) + 1
  })
})()
