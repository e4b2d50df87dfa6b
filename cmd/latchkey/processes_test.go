package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// TestThreeProcesses runs three servers on one PostgreSQL under load, and kills
// each in turn in the middle of it. Afterwards every receipt that was
// acknowledged is there once, opens with its token at any server, and the log
// holds all of them.
func TestThreeProcesses(t *testing.T) {
	database := pgtest.Database(t)
	f := launch(t, database, database, database)
	f.load()
	for i, p := range f.servers {
		f.goOn(i, (i+1)%3)
		require.NoError(t, p.cmd.Process.Kill())
		p.cmd.Wait()
		f.goOn((i+1)%3, (i+2)%3)
		f.start(i)
	}
	f.end(database)
}
