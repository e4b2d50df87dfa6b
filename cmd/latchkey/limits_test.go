package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visitor is a client with an address of its own on the loopback network. It keeps no connection.
func visitor(address string) *http.Client {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}}
}

// TestOneClientsConnectionsLockNobodyElseOut has one client open as many connections as the
// server ever has, and do with them what such clients do.
func TestOneClientsConnectionsLockNobodyElseOut(t *testing.T) {
	p := serve(t, t.TempDir(), "--limit-scale", "1", "--ops-addr", "127.0.0.1:0")
	edition, answers := question(t, p.url)
	attacker := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: 20 * time.Second}
	for n := range 8192 + 1200 {
		c, err := attacker.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			continue // it was closed before it was open
		}
		t.Cleanup(func() { c.Close() })
		switch {
		case n < 8192: // an answer, and then nothing more
			fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		case n%2 == 0: // a header that never ends
			fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		} // and some say nothing
	}
	began := time.Now()
	for n := range 5 {
		other := visitor(fmt.Sprintf("127.0.0.%d", 3+n))
		res, err := other.Get(p.url + "/embed/connect.js")
		require.NoError(t, err)
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		assert.Equal(t, http.StatusOK, res.StatusCode)
		assert.Equal(t, http.StatusCreated, post(other, p.url, edition, answers))
	}
	assert.Less(t, time.Since(began), 9*time.Second, "nobody waited until the server ended a slow header, which takes 10 s")
}

// TestServeSaysWhatIsMissingInFront starts a server as somebody does who knows of no proxy.
func TestServeSaysWhatIsMissingInFront(t *testing.T) {
	p := serve(t, t.TempDir(), "--public-url", "https://privacy.example.org")
	until(t, "the warning", func() bool { return strings.Contains(p.log(), "no --trusted-proxy names it") })
	assert.Contains(t, p.log(), "level=WARN")
	assert.NotContains(t, p.log(), "level=ERROR")
	req, err := http.NewRequest("GET", p.url+"/reside/", nil)
	require.NoError(t, err)
	req.Header.Set("X-Forwarded-For", "203.0.113.77")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	until(t, "the error", func() bool { return strings.Contains(p.log(), "level=ERROR") })
	assert.Contains(t, p.log(), "--trusted-proxy 127.0.0.0/8")
	assert.NotContains(t, p.log(), "203.0.113")

	named := serve(t, t.TempDir(), "--public-url", "https://privacy.example.org", "--trusted-proxy", "127.0.0.1,::1")
	until(t, "its start", func() bool { return strings.Contains(named.log(), "msg=started") })
	assert.NotContains(t, named.log(), "level=WARN")
}

func TestTheWholeInternetIsNoTrustedProxy(t *testing.T) {
	out, err := exec.Command("latchkey", "serve", "--config", "../../testdata/groups", "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--trusted-proxy", "0.0.0.0/0").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "anybody could be a trusted proxy")
}
