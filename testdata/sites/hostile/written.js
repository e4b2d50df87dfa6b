// Written into the page by old.js while the page was read.
var written = true
