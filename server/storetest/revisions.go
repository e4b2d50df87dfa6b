package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server"
)

func testRevisions(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	add := func(site, revision, language string, layer int) consent.Edition {
		e := Edition(site)
		e.ID = fmt.Sprintf("%s %s %s %d", site, revision, language, layer)
		e.Revision, e.Language, e.Layer = revision, language, layer
		require.NoError(t, s.AddEdition(ctx, e, ShownText))
		return e
	}
	add("reside", "00000001", "cy", 1)
	firstWelsh := add("reside", "00000001", "cy", 2)
	firstEnglish := add("reside", "00000001", "en-GB", 1)
	second := add("reside", "00000002", "en-GB", 1)
	third := add("reside", "00000003", "en-GB", 1)
	add("connect", "00000004", "en-GB", 1)

	t.Run("the latest revision comes first, in each language with its newest edition", func(t *testing.T) {
		got, err := s.Revisions(ctx, "reside", 20)
		require.NoError(t, err)
		assert.Equal(t, []consent.Edition{third, second, firstWelsh, firstEnglish}, got)
	})
	t.Run("no more revisions than asked for, each in all of its languages", func(t *testing.T) {
		got, err := s.Revisions(ctx, "reside", 2)
		require.NoError(t, err)
		assert.Equal(t, []consent.Edition{third, second}, got)
	})
	t.Run("a revision that comes back is the latest with what is published then", func(t *testing.T) {
		again := add("reside", "00000001", "en-GB", 3)
		got, err := s.Revisions(ctx, "reside", 1)
		require.NoError(t, err)
		assert.Equal(t, []consent.Edition{firstWelsh, again}, got)
	})
	t.Run("a site that is not known has none", func(t *testing.T) {
		got, err := s.Revisions(ctx, "nowhere", 20)
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}
