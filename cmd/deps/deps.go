//go:build deps

// Temporary: keeps the chosen modules in go.mod until code uses them.
package deps

import (
	_ "github.com/alecthomas/kong"
	_ "github.com/andybalholm/brotli"
	_ "github.com/chromedp/chromedp"
	_ "github.com/emersion/go-smtp"
	_ "github.com/evanw/esbuild/pkg/api"
	_ "github.com/goccy/go-yaml"
	_ "github.com/google/uuid"
	_ "github.com/gorilla/securecookie"
	_ "github.com/maxence-charriere/go-app/v10/pkg/app"
	_ "github.com/pressly/goose/v3"
	_ "github.com/rickar/cal/v2/gb"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/stretchr/testify/require"
	_ "github.com/wneessen/go-mail"
	_ "github.com/yuin/goldmark"
	_ "github.com/yuin/goldmark/extension"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/text/feature/plural"
	_ "modernc.org/sqlite"
)
