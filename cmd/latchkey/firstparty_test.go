package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/admission"
)

// TestTheProxiesInTheDocsPassOnWhatIsNeeded runs the examples of
// web/docs/first-party.md in the real programs.
func TestTheProxiesInTheDocsPassOnWhatIsNeeded(t *testing.T) {
	page, err := os.ReadFile("../../web/docs/first-party.md")
	require.NoError(t, err)
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "latchkey=back; Path=/; SameSite=Lax")
		sender := admission.SenderOf(r, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
		fmt.Fprintf(w, "%s|%s|%s|%s|%s|%s", r.URL.Path, r.Host, r.Header.Get("Cookie"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("Sec-GPC"), sender.Addr)
	}))
	t.Cleanup(inner.Close)

	for _, c := range []struct {
		language, program string
		around            func(dir, addr, example string) string
		args              func(file, dir string) []string
	}{
		{
			language: "nginx", program: "nginx",
			around: func(dir, addr, example string) string {
				return fmt.Sprintf("daemon off;\npid %[1]s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path %[1]s/a;\nproxy_temp_path %[1]s/b;\nfastcgi_temp_path %[1]s/c;\nuwsgi_temp_path %[1]s/d;\nscgi_temp_path %[1]s/e;\nserver {\nlisten %[2]s;\n%[3]s}\n}\n", dir, addr, example)
			},
			args: func(file, dir string) []string { return []string{"-c", file, "-p", dir, "-e", "stderr"} },
		},
		{
			language: "apache", program: "apache2",
			around: func(dir, addr, example string) string {
				modules := ""
				for _, m := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "headers", "setenvif"} {
					modules += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
				}
				return fmt.Sprintf("%sServerName localhost\nServerRoot %s\nPidFile %s/pid\nErrorLog %s/error\nListen %s\n%s", modules, dir, dir, dir, addr, example)
			},
			args: func(file, dir string) []string { return []string{"-X", "-f", file} },
		},
		{
			language: "caddy", program: "caddy",
			around: func(dir, addr, example string) string {
				host, port, _ := net.SplitHostPort(addr)
				return fmt.Sprintf("{\n\tadmin off\n\tstorage file_system %s\n}\n:%s {\n\tbind %s\n%s}\n", dir, port, host, example)
			},
			args: func(file, dir string) []string { return []string{"run", "--config", file, "--adapter", "caddyfile"} },
		},
	} {
		t.Run(c.language, func(t *testing.T) {
			m := regexp.MustCompile("(?s)\n```"+c.language+"\n(.*?)```\n").FindAllStringSubmatch(string(page), -1)
			require.Len(t, m, 1)
			free, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			addr := free.Addr().String()
			require.NoError(t, free.Close())
			dir := t.TempDir()
			require.NoError(t, os.Chmod(dir, 0o755))
			example := strings.ReplaceAll(m[0][1], "127.0.0.1:8080", strings.TrimPrefix(inner.URL, "http://"))
			file := filepath.Join(dir, "proxy.conf")
			require.NoError(t, os.WriteFile(file, []byte(c.around(dir, addr, example)), 0o600))
			proxy := exec.Command(c.program, c.args(file, dir)...)
			proxy.Stderr = os.Stderr
			require.NoError(t, proxy.Start(), "%s is among what \"make setup\" installs", c.program)
			t.Cleanup(func() { proxy.Process.Signal(os.Interrupt); proxy.Wait() })
			until(t, "the proxy", func() bool {
				conn, err := net.Dial("tcp", addr)
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			req, err := http.NewRequest("POST", "http://"+addr+"/latchkey/api/receipts", strings.NewReader("{}"))
			require.NoError(t, err)
			req.Host = "www.example.org"
			req.Header.Set("Cookie", "session=secret; latchkey=1.a; other=x")
			req.Header.Set("Sec-GPC", "1")
			req.Header.Set("X-Forwarded-For", "203.0.113.77") // which the visitor made up
			from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
			visitor := http.Client{Transport: &http.Transport{DialContext: from.DialContext}}
			defer visitor.CloseIdleConnections()
			res, err := visitor.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, "/api/receipts|www.example.org|latchkey=1.a|http|1|127.0.0.9", string(got), "path, host, the one cookie, scheme, signal, and who asks")
			assert.Equal(t, []string{"latchkey=back; Path=/; SameSite=Lax"}, res.Header.Values("Set-Cookie"))
		})
	}
}
