// Package web holds the assets that the server serves: the loader, the boot
// script, the style sheets and the WebAssembly front end, as built into dist by
// cmd/assets; and the documentation.
package web

import "embed"

// Dist is the folder dist. On a checkout that was never built it holds
// nothing that can be served.
//
//go:embed all:dist
var Dist embed.FS

// Icon is the icon of the centre's pages.
//
//go:embed icon.svg
var Icon []byte

// Docs is the documentation: the folder docs, in Markdown, with the files that
// it refers to.
//
//go:embed docs
var Docs embed.FS

// DocsStyle is the style of the documentation's pages, beyond that of the centre.
//
//go:embed css/docs.css
var DocsStyle []byte

// Types are the types of window.latchkey, in TypeScript.
//
//go:embed latchkey.d.ts
var Types []byte

// Stub is the script that makes window.latchkey callable before the loader is
// there: the text of an inline script, ending in a line break.
//
//go:embed stub.js
var Stub string
