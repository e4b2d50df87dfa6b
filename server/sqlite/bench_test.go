package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

func BenchmarkAddReceipt(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) server.Store {
		s, err := sqlite.Open(b.Context(), b.TempDir()+"/"+sqlite.FileName)
		require.NoError(b, err)
		return s
	})
}
