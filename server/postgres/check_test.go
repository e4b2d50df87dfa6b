package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhetherPagesHaveChecksumsIsKnown(t *testing.T) {
	url := fresh(t)
	s := open(t, url)
	on, err := s.Checksums(t.Context())
	require.NoError(t, err)
	assert.Equal(t, value[string](t, url, `SHOW data_checksums`) == "on", on)
}
