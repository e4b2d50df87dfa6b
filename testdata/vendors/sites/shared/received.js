// What the doubles of the vendors received, kept over the pages of a tab. Each
// entry is the vendor, and then what came, in the order in which it came.
window.received = (vendor, ...what) => {
  const all = JSON.parse(sessionStorage.getItem('received') || '[]')
  all.push([vendor, ...what])
  sessionStorage.setItem('received', JSON.stringify(all))
}
