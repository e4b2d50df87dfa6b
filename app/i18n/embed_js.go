package i18n

import "embed"

// The WebAssembly draws request forms and what stands around them, and nothing
// else: the other areas stay with the server.
//
//go:embed locales/*/common.json locales/*/date.json locales/*/request.json
var locales embed.FS
