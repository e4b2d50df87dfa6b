// Pretends to play a film.
const status = document.querySelector('[role=status]')
let seconds = 0
let timer = 0
document.querySelector('button').addEventListener('click', () => {
  clearInterval(timer)
  timer = timer ? 0 : setInterval(() => {
    seconds = Math.min(seconds + 1, 134)
    status.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} of 2:14`
  }, 1000)
})
