package main

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What goes wrong is said in words of the person who typed the command: no kind of error behind it, no name of a system call before it.
func TestWhatGoesWrongIsSaidPlainly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	config, nowhere := "../../testdata/config/sound", filepath.Join(t.TempDir(), "nowhere")
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a folder that is not there", []string{"check", "--config", nowhere}, 2, "config folder " + nowhere + ": there is no such folder\n"},
		{"an address that is taken", []string{"serve", "--config", config, "--data", t.TempDir(), "--addr", taken.Addr().String()}, 1,
			"--addr " + taken.Addr().String() + ": another program listens there, perhaps another Latchkey: stop it, or choose another port\n"},
		{"an address without its host", []string{"serve", "--config", config, "--data", t.TempDir(), "--addr", "8080"}, 1,
			"--addr 8080: address 8080: missing port in address: want an address of this machine and a free port, such as 127.0.0.1:8080\n"},
		{"an address for operators that is taken", []string{"serve", "--config", config, "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--ops-addr", taken.Addr().String()}, 1,
			"--ops-addr " + taken.Addr().String() + ": another program listens there"},
		{"a wait that is none", []string{"audit", "https://www.example.org/", "--config", config, "--site", "acme", "--quiet", "0s"}, 2, "such as 2s\n"},
		{"a reference that is none", []string{"requests", "show", "R-1", "--data", t.TempDir()}, 1, "want a number such as LK-7F3K-Q2MD\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			assert.Equal(t, tt.code, run(context.Background(), tt.args, strings.NewReader(""), &out, &errs), out.String())
			assert.Contains(t, errs.String(), tt.says)
		})
	}
}
