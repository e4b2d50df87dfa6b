// Runs right after the loader, which stands before it without async: a choice
// made earlier can be read at once.
window.early = window.latchkey ? { statistics: window.latchkey.allowed('statistics'), choices: window.latchkey.choices() } : null
