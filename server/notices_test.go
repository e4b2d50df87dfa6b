package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

func TestTheRightNoticeIsShownInItsVersion(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		path string
		has  []string
	}{
		"a Reside visitor gets Reside's, and the group's as well": {"/reside/notice",
			[]string{"Reside with Progress privacy notice", "You are also covered by", "Progress Housing Group privacy notice", "Z8893471"}},
		"a member without its own gets the group's": {"/progress-group/notice/concert-living", []string{"Progress Housing Group privacy notice", "ZA469256"}},
		"who names their landlord gets theirs":      {"/progress-group/notice?landlord=reside", []string{"Reside with Progress privacy notice"}},
		"what is not known is said":                 {"/care-plus/notice", []string{"does not publish an ICO registration number"}},
		"an old version stays":                      {"/progress-group/notice?version=2025-04-01", []string{"<dt>Version</dt><dd>2025-04-01</dd>"}},
		"a clause is an anchor, a citation a link":  {"/progress-group/notice", []string{`id="12.2"`, `href="#12.2"`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do("GET", c.path, "")
			require.Equal(t, http.StatusOK, got.status)
			for _, want := range c.has {
				assert.True(t, strings.Contains(got.body, want), "%s: %q is missing", c.path, want)
			}
		})
	}
	for _, path := range []string{"/reside/notice/nobody", "/reside/notice?version=1999-01-01", "/connect/notice/reside"} {
		assert.Equal(t, http.StatusNotFound, r.do("GET", path, "").status, path)
	}
}

func TestAPublishedNoticeIsNeitherChangedNorLost(t *testing.T) {
	r := start(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(groups)))
	notices := filepath.Join(dir, "progress", "notices")
	reload := func() error {
		loaded, err := config.Load(dir, r.clock.Now())
		require.NoError(t, err)
		return r.srv.Reload(t.Context(), loaded)
	}

	t.Run("a file that is gone does not take its version along", func(t *testing.T) {
		old, err := filepath.Glob(filepath.Join(notices, "progress-group.2025-04-01.*"))
		require.NoError(t, err)
		require.NotEmpty(t, old)
		for _, f := range old {
			require.NoError(t, os.Remove(f))
		}
		require.NoError(t, reload())
		assert.Equal(t, http.StatusOK, r.do("GET", "/progress-group/notice?version=2025-04-01", "").status)
	})

	t.Run("another text under the same version is refused, and the old one stays", func(t *testing.T) {
		file := filepath.Join(notices, "progress-group.2026-10-01.en-GB.md")
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		changed := strings.Replace(string(src), "and what you can do about it", "and nothing that you can do about it", 1)
		require.NotEqual(t, string(src), changed)
		require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
		require.ErrorContains(t, reload(), "progress-group.2026-10-01.en-GB.md: version 2026-10-01 of this notice was published with another text")
		got := r.do("GET", "/progress-group/notice", "")
		assert.Equal(t, http.StatusOK, got.status)
		assert.True(t, strings.Contains(got.body, "and what you can do about it"))
	})
}

func TestANoticeComesIntoForceOnItsDay(t *testing.T) {
	r := start(t)
	for at, want := range map[string]string{
		"2026-09-30T22:59:00Z": "2025-06-02", // a minute to midnight in London
		"2026-09-30T23:00:00Z": "2026-10-01",
	} {
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		r.clock.set(now)
		assert.True(t, strings.Contains(r.do("GET", "/connect/notice", "").body, "<dt>Version</dt><dd>"+want+"</dd>"), "%s: want %s", at, want)
	}
}
