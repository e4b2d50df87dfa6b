package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var operatorsAt = regexp.MustCompile(`operators find /metrics here" address=(\S+)`)

// operators is a program of whose second listener p is the first.
func (p *program) operators() *program {
	p.t.Helper()
	until(p.t, "the operators' listener", func() bool { return operatorsAt.MatchString(p.log()) })
	return &program{t: p.t, url: "http://" + operatorsAt.FindStringSubmatch(p.log())[1]}
}

func TestOperatorsHaveAListenerOfTheirOwn(t *testing.T) {
	p := serve(t, t.TempDir(), "--ops-addr", "127.0.0.1:0", "--trusted-proxy", "127.0.0.0/8")
	edition, answers := question(t, p.url)
	require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers, "X-Forwarded-For", "203.0.113.77"))
	require.Equal(t, http.StatusUnprocessableEntity, post(http.DefaultClient, p.url, edition, nil))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
	until(t, "the configuration", func() bool { return strings.Contains(p.log(), "new configuration is in use") })

	ops := p.operators()
	until(t, "the log", func() bool {
		_, text := ops.get("/metrics")
		return strings.Contains(text, "latchkey_log_leaves 1\n")
	})
	_, text := ops.get("/metrics")
	for _, line := range []string{
		"latchkey_ready 1",
		`latchkey_receipts_total{result="stored"} 1`,
		`latchkey_receipts_total{result="refused"} 1`,
		`latchkey_store_write_seconds_count{what="receipt"} 1`,
		`latchkey_http_request_duration_seconds_count{class="4xx",route="POST /api/receipts"} 1`,
		`latchkey_config_reloads_total{result="taken"} 1`,
		`latchkey_writes_waiting{what="receipt"} 0`,
	} {
		assert.Contains(t, text, line+"\n")
	}
	assert.NotContains(t, text, "203.0.113")
	assert.NotContains(t, p.log(), "203.0.113")

	for path, want := range map[string]int{
		"/readyz": http.StatusOK, "/healthz": http.StatusOK, "/debug/pprof/heap": http.StatusNotFound, "/connect/notice": http.StatusNotFound,
	} {
		status, _ := ops.get(path)
		assert.Equal(t, want, status, path)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/heap"} {
		status, _ := p.get(path)
		assert.Equal(t, http.StatusNotFound, status, "the public has no %s", path)
	}
	assert.Zero(t, p.stop(syscall.SIGTERM), p.log())
}

func TestProfilesAreServedToOperatorsOnly(t *testing.T) {
	p := serve(t, t.TempDir(), "--ops-addr", "127.0.0.1:0", "--pprof")
	status, _ := p.operators().get("/debug/pprof/heap")
	assert.Equal(t, http.StatusOK, status)
	status, _ = p.get("/debug/pprof/heap")
	assert.Equal(t, http.StatusNotFound, status)

	out, err := exec.Command("latchkey", "serve", "--config", "../../testdata/groups", "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--pprof").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "--ops-addr")
	assert.NotContains(t, string(out), "serves on")
}
