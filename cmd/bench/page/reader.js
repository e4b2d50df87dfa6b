// The least that can know of a choice made before: a script that reads the cookie, and does nothing.
document.cookie;
