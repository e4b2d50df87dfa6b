package siteaudit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server/config"
	"latchkey/server/demosite"
	"latchkey/server/siteaudit"
)

// world is what the audits look at: the product, the demonstration websites, and
// two third parties, each on an address of its own.
var world struct {
	demo, third, stranger string
	groups                string // folder of the configuration
	data, binary          string // of the product
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "audit tests:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "audittest-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	world.groups, world.data = filepath.Join(dir, "groups"), filepath.Join(dir, "data")

	var site *demosite.Handler
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) })}
	defer server.Close()
	for host, address := range map[string]*string{"127.0.0.1": &world.demo, "127.0.0.3": &world.third, "127.0.0.4": &world.stranger} {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			return 1, err
		}
		*address = "http://" + l.Addr().String()
		go server.Serve(l)
	}
	if err := configuration(); err != nil {
		return 1, err
	}
	latchkey, stop, err := product(dir)
	if err != nil {
		return 1, err
	}
	defer stop()
	site, err = demosite.New(demosite.Options{Sites: os.DirFS("../../testdata/sites"), Latchkey: latchkey, ThirdParty: world.third, Stranger: world.stranger})
	if err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// configuration copies testdata/groups with the addresses of this run. All third
// parties of the sample sites are one here, as in the demonstration.
func configuration() error {
	if err := os.CopyFS(world.groups, os.DirFS("../../testdata/groups")); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(world.groups, "*", "group.yaml"))
	if err != nil {
		return err
	}
	r := strings.NewReplacer(`, "http://localhost:8090"`, "", "http://127.0.0.1:8090", world.demo,
		"https://toolbar.readwell.example", world.third, "https://tag.sitelook.example", world.third,
		"https://player.clipview.example", world.third, "https://pixel.circlesocial.example", world.third)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(f, []byte(r.Replace(string(b))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// product compiles the product, with the assets that were built last, and serves it.
func product(dir string) (address string, stop func(), err error) {
	world.binary = filepath.Join(dir, "product")
	if out, err := exec.Command("go", "build", "-o", world.binary, "latchkey/cmd/latchkey").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build the product: %w\n%s", err, out)
	}
	serve := exec.Command(world.binary, "serve", "--config", world.groups, "--data", world.data, "--addr", "127.0.0.2:0")
	var said strings.Builder
	serve.Stderr = &said
	out, err := serve.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := serve.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, at, found := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !found {
		serve.Wait()
		return "", nil, errors.New("the product did not start: " + line + said.String())
	}
	go io.Copy(io.Discard, out)
	return "http://" + at, func() {
		serve.Process.Signal(syscall.SIGTERM)
		serve.Wait()
	}, nil
}

// options are those of an audit of a sample site's pages.
func options(t *testing.T, site string, paths ...string) siteaudit.Options {
	t.Helper()
	loaded, err := config.Load(world.groups, time.Now())
	require.NoError(t, err)
	g, s, ok := loaded.Site(site)
	require.True(t, ok, site)
	browser, err := siteaudit.FindBrowser("")
	require.NoError(t, err)
	o := siteaudit.Options{Group: g, Site: s, Browser: browser, Quiet: 300 * time.Millisecond, Now: time.Now, Progress: func(line string) { t.Log(line) }}
	for _, p := range paths {
		o.URLs = append(o.URLs, world.demo+p)
	}
	return o
}

func audit(t *testing.T, o siteaudit.Options) *siteaudit.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	r, err := siteaudit.Audit(ctx, o)
	require.NoError(t, err)
	return r
}

// only is a short way to name a stage.
func only(p consent.PurposeID) siteaudit.Stage { return siteaudit.Only(p) }
