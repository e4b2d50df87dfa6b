package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPagesOfTheProgramAreGivenBack reads from the system how much of files the process has in memory.
func TestPagesOfTheProgramAreGivenBack(t *testing.T) {
	inFiles := func() int {
		status, err := os.ReadFile("/proc/self/status")
		require.NoError(t, err)
		found := regexp.MustCompile(`RssFile:\s*(\d+) kB`).FindSubmatch(status)
		require.NotNil(t, found)
		kB, err := strconv.Atoi(string(found[1]))
		require.NoError(t, err)
		return kB
	}
	before := inFiles()
	dropProgramPages()
	assert.Less(t, inFiles(), before*9/10)
}
