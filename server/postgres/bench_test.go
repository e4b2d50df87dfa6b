package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

func BenchmarkAddReceipt(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) server.Store {
		s, err := postgres.Open(b.Context(), pgtest.Database(b))
		require.NoError(b, err)
		return s
	})
}
