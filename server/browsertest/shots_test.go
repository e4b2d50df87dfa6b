package browsertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestShots writes a picture of every scene, on a desktop and on a small phone,
// into the folder that LATCHKEY_SHOTS names; `make shots` sets it. It is for
// people to look at, and asserts nothing.
func TestShots(t *testing.T) {
	dir := os.Getenv("LATCHKEY_SHOTS")
	if dir == "" {
		t.Log("LATCHKEY_SHOTS names no folder for the pictures")
		return
	}
	for name, size := range map[string]option{"desktop": sized(1280, 800), "phone": phone} {
		dir := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		p := open(t, size)
		for _, s := range scenes {
			p := open(t, size)
			s.show(p)
			p.settle()
			p.shot(filepath.Join(dir, s.name+".png"))
			if _, inPanel := p.findPanel(); !inPanel {
				p.long(filepath.Join(dir, s.name+"-whole.png"))
			}
		}
		p.requestScenes(func(name string) {
			p.settle()
			p.long(filepath.Join(dir, name+".png"))
		})
	}
}

// long writes a picture of the whole page, also of what is out of sight.
func (p *tab) long(file string) {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(file, png, 0o644))
}
