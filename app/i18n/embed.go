//go:build !js

package i18n

import "embed"

//go:embed locales
var locales embed.FS
