// Package web holds the assets that the server serves: the loader, the boot
// script, the style sheets and the WebAssembly front end, as built into dist by
// cmd/assets.
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
