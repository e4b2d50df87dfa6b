package browsertest

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
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"latchkey/server/demosite"
)

// The origins that testdata/groups is written for.
const (
	demoOrigin  = "http://127.0.0.1:8090"
	thirdOrigin = "http://localhost:8090"
)

// lk is what all tests share: the product, the websites and the browser.
var lk struct {
	latchkey string // address of the product, without a slash at the end
	demo     string // of the websites
	third    string // of their third party
	data     string // data folder of the product
	binary   string // the product
	log      string // what the product logs
	site     *demosite.Handler
	browser  context.Context
	pages    *sync.Map // further pages of the websites by path: HTML, or a http.Handler
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser tests:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return 1, errors.New("chromium is missing, and without it nothing here is shown to work: apt-get install chromium")
	}
	dir, err := os.MkdirTemp("", "browsertest-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	lk.data = filepath.Join(dir, "data")
	lk.pages = new(sync.Map)

	// Three addresses of the loopback network are three sites to the browser, so
	// that cookies are kept apart as they are in the world.
	stop, err := serveSites()
	if err != nil {
		return 1, err
	}
	defer stop()
	if err := sampleGroups(filepath.Join(dir, "groups")); err != nil {
		return 1, err
	}
	stopProduct, err := startProduct(dir)
	if err != nil {
		return 1, err
	}
	defer stopProduct()

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		// The panel's frame is then part of the page's process, and one session reaches all.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.WindowSize(1280, 800),
		// Hosts that share a domain, and so cookies; their certificate is a test's own.
		chromedp.Flag("host-resolver-rules", "MAP *.homes.example 127.0.0.1"),
		chromedp.Flag("ignore-certificate-errors", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancelBrowser := chromedp.NewContext(allocator)
	defer cancelBrowser()
	if err := chromedp.Do(browser); err != nil {
		return 1, fmt.Errorf("start %s: %w", chromium, err)
	}
	lk.browser = browser
	return m.Run(), nil
}

// serveSites starts the websites and their third party.
func serveSites() (stop func(), err error) {
	site, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	third, err := net.Listen("tcp", "127.0.0.3:0")
	if err != nil {
		return nil, err
	}
	lk.demo, lk.third = "http://"+site.Addr().String(), "http://"+third.Addr().String()
	// The handler can be made once the product's address is known.
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !documented(w, r) {
			lk.site.ServeHTTP(w, r)
		}
	})
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(site)
	go server.Serve(third)
	return func() { server.Close() }, nil
}

// sampleGroups copies testdata/groups, with the origins of this run.
func sampleGroups(to string) error {
	if err := os.CopyFS(to, os.DirFS("../../testdata/groups")); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(to, "*", "group.yaml"))
	if err != nil {
		return err
	}
	origins := strings.NewReplacer(demoOrigin, lk.demo, thirdOrigin, lk.third)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(f, []byte(origins.Replace(string(b))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// startProduct compiles the product as it is now, with the assets that were
// built last, and serves the groups in dir.
func startProduct(dir string) (stop func(), err error) {
	lk.binary = filepath.Join(dir, "product") // a name of its own: who stops a latchkey of theirs by name does not mean this one
	build := exec.Command("go", "build", "-o", lk.binary, "latchkey/cmd/latchkey")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the product: %w\n%s", err, out)
	}
	if stop, err = launch(dir); err != nil {
		return nil, err
	}
	lk.site, err = demosite.New(demosite.Options{Sites: os.DirFS("../../testdata/sites"), Latchkey: lk.latchkey, ThirdParty: lk.third})
	if err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// launch starts the product that was compiled, with the groups in dir.
func launch(dir string, args ...string) (stop func(), err error) {
	lk.log = filepath.Join(dir, "product.log")
	log, err := os.Create(lk.log)
	if err != nil {
		return nil, err
	}
	args = append([]string{"serve", "--config", filepath.Join(dir, "groups"), "--data", lk.data, "--addr", "127.0.0.2:0", "--limit-scale", "1000"}, args...)
	serve := exec.Command(lk.binary, args...)
	serve.Stderr = log
	out, err := serve.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := serve.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !found {
		serve.Wait()
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("the product did not start: %s%s", line, said)
	}
	go io.Copy(io.Discard, out)
	lk.latchkey = "http://" + address
	return func() {
		serve.Process.Signal(syscall.SIGTERM)
		serve.Wait()
		log.Close()
	}, nil
}
