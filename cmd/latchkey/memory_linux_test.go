package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	memoryBudget   = 100_000_000 // bytes resident, at the worst moment
	memoryReceipts = 20_000
	memorySenders  = 1024
)

// TestMemoryStaysWithinItsBudget starts a server, has it take many receipts over
// many connections, and asks the system for the most that was ever resident:
// from the start, in which everything is prepared, to the end of the load.
func TestMemoryStaysWithinItsBudget(t *testing.T) {
	if testing.Short() || racing {
		t.Skip("it takes a while, and the race detector has memory of its own")
	}
	p := serve(t, t.TempDir())
	started := p.peak()
	edition, answers := question(t, p.url)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: memorySenders, MaxConnsPerHost: memorySenders}}
	defer client.CloseIdleConnections()

	var sent, stored atomic.Int64
	var wg sync.WaitGroup
	for range memorySenders {
		wg.Go(func() {
			for sent.Add(1) <= memoryReceipts {
				if post(client, p.url, edition, answers) == http.StatusCreated {
					stored.Add(1)
				}
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, memoryReceipts, stored.Load(), "receipts stored")
	peak := p.peak()
	t.Logf("resident at the most: %d MB at the start, %d MB with %d receipts", started>>20, peak>>20, memoryReceipts)
	assert.LessOrEqual(t, peak, int64(memoryBudget))
}

// post sends a choice as a page of the demo site does, and returns the status;
// 0 if there was no answer.
func post(client *http.Client, url, edition string, answers map[string]string, header ...string) int {
	b, err := json.Marshal(map[string]any{
		"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
	})
	if err != nil {
		return 0
	}
	req, err := http.NewRequest("POST", url+"/api/receipts", bytes.NewReader(b))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", demoOrigin)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// peak is the most memory that was ever resident in the process, in bytes (proc(5), VmHWM).
func (p *program) peak() int64 {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	_, after, ok := strings.Cut(string(status), "VmHWM:")
	require.True(p.t, ok)
	var kB int64
	_, err = fmt.Sscan(after, &kB)
	require.NoError(p.t, err)
	return kB << 10
}

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
