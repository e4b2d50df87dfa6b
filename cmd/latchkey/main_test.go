package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// TestMain lets the scripts, and tests that need a process of its own, run this
// very program as "latchkey".
func TestMain(m *testing.M) {
	testscript.Main(pgtest.Main{Tests: m}, programs)
}

// programs are what tests can start.
var programs = map[string]func(){"latchkey": main}

// TestScripts runs testdata/scripts: the command line as its users see it.
func TestScripts(t *testing.T) {
	groups, err := filepath.Abs("../../testdata/groups")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/scripts",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fixture":      fixture,
			"old-receipts": oldReceipts,
			"integrated":   integrated,
			"manifest":     manifest,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GROUPS", groups)
			return nil
		},
	})
}

// program is a running "latchkey serve".
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	mu     sync.Mutex
	stderr bytes.Buffer
}

var servesOn = regexp.MustCompile(`serves on (http://\S+)`)

// serve starts "latchkey serve" on the sample groups and a data folder, and
// waits until it says where it serves. All of a test comes from one address, so the limits are
// wide unless a flag makes them narrow.
func serve(t *testing.T, data string, flags ...string) *program {
	t.Helper()
	args := append([]string{"serve", "--config", "../../testdata/groups", "--data", data, "--addr", "127.0.0.1:0", "--limit-scale", "1000"}, flags...)
	return started(t, exec.Command("latchkey", args...))
}

// started starts a command that serves, and waits until it says where.
func started(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{t: t, cmd: cmd}
	p.cmd.Stderr = p
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := servesOn.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
			return p
		}
	}
	p.cmd.Wait()
	require.Fail(t, "latchkey did not start", p.log())
	return nil
}

// Write takes the program's standard error.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// stop asks the program to stop and returns its exit code.
func (p *program) stop(sig os.Signal) int {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(sig))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case <-done:
	case <-ctx.Done():
		require.Fail(p.t, "latchkey did not stop", p.log())
	}
	return p.cmd.ProcessState.ExitCode()
}

// until waits for a condition, and fails with what it waited for.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	require.Fail(t, "waited for "+what)
}
