package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is a folder like the repository's, with the Makefile and all that is served.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"Makefile", "testdata"} {
		path, err := filepath.Abs(filepath.Join("..", "..", name))
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(dir, name)))
	}
	return dir
}

// freeAddress is an address of this machine on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// output is what a program says, read while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// TestMakeRunServesTheDemo runs `make run` on other ports, with what `make build` leaves in bin.
func TestMakeRunServesTheDemo(t *testing.T) {
	dir := repository(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	latchkey, err := exec.LookPath("latchkey")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(latchkey, filepath.Join(dir, "bin", "latchkey")))
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "demo"), "latchkey/cmd/demo").CombinedOutput()
	require.NoError(t, err, "%s", out)

	product, demo := freeAddress(t), freeAddress(t)
	run := exec.Command("make", "--old-file=build", "run", "LATCHKEY_ADDR="+product, "DEMO_ADDR="+demo)
	run.Dir = dir
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said := &output{}
	run.Stdout, run.Stderr = said, said
	require.NoError(t, run.Start())
	stop := func() {
		syscall.Kill(-run.Process.Pid, syscall.SIGTERM)
		run.Wait()
	}
	t.Cleanup(stop)
	get := func(url string) (body string) {
		until(t, url+"\n"+said.String(), func() bool {
			res, err := http.Get(url)
			if err != nil {
				return false
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			body = string(b)
			return err == nil && res.StatusCode == http.StatusOK
		})
		return body
	}
	for _, site := range []string{"progress-group", "reside", "housing-plus", "care-plus", "property-plus", "connect"} {
		loader := "http://" + product + "/embed/" + site + ".js"
		assert.Contains(t, get("http://"+demo+"/"+site+"/"), loader, "the website embeds the product, which is at another origin")
		get(loader)
		page, err := http.Get("http://" + product + "/" + site + "/preferences")
		require.NoError(t, err)
		page.Body.Close()
		assert.Contains(t, page.Header.Get("Content-Security-Policy"), "frame-ancestors http://"+demo, "and may show it in a frame")
	}
	for _, open := range []string{"http://" + demo + "/", "http://" + product + "/reside/"} {
		assert.Contains(t, said.String(), open, "it says what to open")
		get(open)
	}
	stop()
	_, err = http.Get("http://" + product + "/healthz")
	assert.Error(t, err, "stopped, nothing is left running")
}

// TestMakeSaysWhatToInstall runs `make setup` as somebody who is not root, on a
// machine that lacks everything.
func TestMakeSaysWhatToInstall(t *testing.T) {
	tool, err := exec.LookPath("make")
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "id"), []byte("#!/bin/bash\necho 1000\n"), 0o700))
	setup := exec.Command(tool, "setup")
	setup.Dir = repository(t)
	setup.Env = []string{"PATH=" + bin}
	out, err := setup.CombinedOutput()
	require.Error(t, err)
	for _, name := range []string{"apt-get install", "chromium", "nodejs", "npm", "php-cli", "nginx-light", "apache2-bin", "caddy", "postgresql"} {
		assert.Contains(t, string(out), name)
	}
}

// TestCIRunsWhatTheReadmeSays holds .ci/run to the command that the README gives.
func TestCIRunsWhatTheReadmeSays(t *testing.T) {
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "make"), []byte("#!/bin/bash\necho \"make $* in $PWD\"\n"), 0o700))
	ci := exec.Command("../../.ci/run")
	ci.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := ci.CombinedOutput()
	require.NoError(t, err, "%s", out)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	assert.Equal(t, "make test in "+root+"\n", string(out))

	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, part := range []string{
		"    make run ", "    make test ", "\n![", `<script async src="https://privacy.example.org/embed/progress-group.js">`,
		"\nIt is for\n", "\n## The configuration\n", "\n## How it is built\n", "\n## Contribute\n", "\n## Changes\n",
	} {
		assert.Contains(t, string(readme), part)
	}
}
