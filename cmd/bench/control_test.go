package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestControlHasTheSizeOfTheLoader(t *testing.T) {
	code, err := pages.ReadFile("page/control.js")
	require.NoError(t, err)
	for _, size := range []int{2500, 4898, 4899, 4900, 4901} {
		got, err := padded(code, size)
		require.NoError(t, err)
		assert.Len(t, got, size)
		script, err := io.ReadAll(brotli.NewReader(bytes.NewReader(got)))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(script), string(code)), "the code comes first")
		assert.Equal(t, 1, strings.Count(strings.TrimPrefix(string(script), string(code)), "\n"), "the noise is one comment")
	}
}

func TestControlLargerThanTheLoaderIsRefused(t *testing.T) {
	_, err := padded([]byte("alert('a control')"), 5)
	assert.ErrorContains(t, err, "the loader only 5")
}
