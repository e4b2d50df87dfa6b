package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// raw sends lines as they are, and reads the first answer.
func (r *running) raw(lines ...string) answer {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.Listener.Addr().String())
	require.NoError(r.t, err)
	defer conn.Close()
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, strings.Join(lines, "\r\n"))
	require.NoError(r.t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(r.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return answer{status: res.StatusCode, header: res.Header, body: string(b)}
}

// TestHeadersThatTwoServersReadInTwoWays sends what has been used to have a proxy and a
// server disagree about where a request ends, or about who sent it.
func TestHeadersThatTwoServersReadInTwoWays(t *testing.T) {
	r := start(t)
	choice := mustJSON(t, r.submission())
	for _, c := range []struct {
		name   string
		lines  []string
		status int
	}{
		{"two lengths that differ", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: " + origin, "Content-Length: 2", "Content-Length: 3", "", "{}x"}, 400},
		{"a length that is none", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Content-Length: +2", "", "{}"}, 400},
		{"a length with a sign", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Content-Length: -1", "", "{}"}, 400},
		{"an encoding that nobody knows", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Transfer-Encoding: xchunked", "", "{}"}, 501},
		{"two encodings", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "", "0\r\n\r\n"}, 501},
		{"a chunk whose size is none", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: " + origin, "Content-Type: application/json", "Transfer-Encoding: chunked", "", "zz\r\n{}\r\n0\r\n\r\n"}, 400},
		{"a space before the colon", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Content-Length : 2", "", "{}"}, 400},
		{"a name with a line break", []string{"GET /healthz HTTP/1.1", "Host: x", "X-A\n: b", "", ""}, 400},
		{"a value that goes on in the next line", []string{"GET /healthz HTTP/1.1", "Host: x", "X-Forwarded-For: 1.2.3.4", " , 5.6.7.8", "", ""}, 200},
		{"two hosts", []string{"GET /healthz HTTP/1.1", "Host: x", "Host: y", "", ""}, 400},
		{"no host", []string{"GET /healthz HTTP/1.1", "", ""}, 400},
		{"two origins", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: " + origin, "Origin: https://evil.example", "Content-Type: application/json", "Content-Length: 2", "", "{}"}, 400},
		{"two origins, the other way round", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: https://evil.example", "Origin: " + origin, "Content-Type: application/json", "Content-Length: 2", "", "{}"}, 400},
		{"two types of content", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: " + origin, "Content-Type: text/plain", "Content-Type: application/json", "Content-Length: 2", "", "{}"}, 400},
		{"two tokens", []string{"GET /api/receipts/x HTTP/1.1", "Host: x", "Authorization: Bearer a", "Authorization: Bearer b", "", ""}, 400},
		{"a form that says twice where it comes from", []string{"POST /reside/request HTTP/1.1", "Host: x", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site", "Content-Length: 0", "", ""}, 400},
		{"an origin in two parts", []string{"POST /api/receipts HTTP/1.1", "Host: x", "Origin: " + origin + ", " + origin, "Content-Type: application/json", "Content-Length: 2", "", "{}"}, 403},
		{"several addresses of proxies", []string{"GET /healthz HTTP/1.1", "Host: x", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8", "Forwarded: for=9.9.9.9", "", ""}, 200},
		{"a header as long as it may be", []string{"GET /healthz HTTP/1.1", "Host: x", "X-Forwarded-For: " + strings.Repeat("1.2.3.4, ", 3000), "", ""}, 200},
		{"a method in small letters", []string{"get /healthz HTTP/1.1", "Host: x", "", ""}, 405},
		{"another version", []string{"GET /healthz HTTP/3.0", "Host: x", "", ""}, 505},
		{"an address of another host", []string{"GET http://evil.example/healthz HTTP/1.1", "Host: x", "", ""}, 200},
		{"a tunnel", []string{"CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443", "", ""}, 404},
		{"a trace", []string{"TRACE /reside/ HTTP/1.1", "Host: x", "X-Secret: find-me", "", ""}, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.raw(c.lines...)
			assert.Equal(t, c.status, got.status, got.body)
			assert.NotContains(t, got.body, "find-me")
			assert.NotContains(t, got.body, "evil.example")
			for _, values := range got.header {
				assert.NotContains(t, strings.Join(values, " "), "evil.example")
			}
		})
	}
	t.Run("a length and chunks: the chunks decide, and take nothing from what follows", func(t *testing.T) {
		conn, err := net.Dial("tcp", r.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(conn, "POST /api/receipts HTTP/1.1\r\nHost: x\r\nOrigin: "+origin+"\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+
			"GET /reside/ HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		in := bufio.NewReader(conn)
		first, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, first.Body)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, first.StatusCode, 400)
		second, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		second.Body.Close()
		assert.Equal(t, http.StatusOK, second.StatusCode)
	})
	t.Run("a header that is longer than it may be", func(t *testing.T) {
		assert.Less(t, r.do("GET", "/healthz", "", "X-Long", strings.Repeat("x", 64<<10)).status, 432)
	})
	assert.Zero(t, r.stored())
	assert.Equal(t, http.StatusCreated, r.do("POST", "/api/receipts", choice, "Content-Type", "application/json", "Origin", origin).status)
}

// TestPathsThatLeadElsewhere asks for what lies beside the addresses that there are.
func TestPathsThatLeadElsewhere(t *testing.T) {
	r := start(t)
	for path, want := range map[string]int{
		"/embed/..%2f..%2fetc%2fpasswd":          404,
		"/embed/%2e%2e/%2e%2e/etc/passwd":        404,
		"/assets/..%5c..%5ckeys":                 404,
		"/assets/%00":                            404,
		"/docs/..%2fembed.go":                    404,
		"/docs/%2e%2e%2f%2e%2e%2fkeys%2flog.key": 404,
		"/log/tile/..%2f..%2fkeys":               404,
		"/log/tile/0/x001/../../../keys":         307,
		"/reside%2fpreferences":                  307,
		"/%2freside/":                            404,
		"/reside/%2e%2e/connect/":                404,
		"/reside/./preferences":                  307,
		"/reside/preferences/":                   404,
		"/reside/notice/..%2f..%2fconnect":       404,
		"/.git/config":                           404,
		"/.well-known/../api/receipts":           307,
		"/%2e%2e/%2e%2e/":                        404,
		"/reside/preferences;x=1":                404,
		"/RESIDE/":                               404,
		"/reside/request/sent/..%2f..%2f":        404,
		"/api/receipts/..%2f..%2fhealthz":        401,
		"//evil.example/":                        307,
		"//evil.example/%2e%2e":                  307,
		"/%5cevil.example/":                      404,
		"/\\evil.example/..":                     307,
		"/%09/evil.example":                      404,
		"///evil.example//":                      307,
	} {
		t.Run(path, func(t *testing.T) {
			got := r.raw("GET "+path+" HTTP/1.1", "Host: x", "Connection: close", "", "")
			assert.Equal(t, want, got.status, got.header.Get("Location"))
			assert.NotEmpty(t, got.header.Get("X-Content-Type-Options"))
			if to := got.header.Get("Location"); to != "" {
				assert.Regexp(t, `^/([^/\\].*)?$`, to, "it stays here")
			}
			assert.NotContains(t, got.body, "root:")
		})
	}
}
