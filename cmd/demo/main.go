// Demo serves the demonstration websites of testdata/sites, on an origin of
// their own beside a Latchkey server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"latchkey/server/demosite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8090", "address to listen on")
	latchkey := flags.String("latchkey", "http://127.0.0.1:8080", "address of the Latchkey server")
	third := flags.String("third-party", "http://localhost:8090", "address that pages use for the third party: this server under another host name")
	sites := flags.String("sites", "testdata/sites", "folder of the websites")
	if err := flags.Parse(args); err != nil {
		return err
	}
	handler, err := demosite.New(demosite.Options{
		Sites: os.DirFS(*sites), Latchkey: strings.TrimSuffix(*latchkey, "/"), ThirdParty: strings.TrimSuffix(*third, "/"),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Demo websites are on http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(stopping)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
