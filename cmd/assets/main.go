// Assets builds what browsers get into web/dist: the loader, the boot
// script, the style sheets, and the WebAssembly front end with its start script.
//
//	go run ./cmd/assets          builds
//	go run ./cmd/assets -size    builds, and fails if something is over its budget
//	go run ./cmd/assets -test    runs the tests of the TypeScript under web/test
//
// It needs no Node.js to build: esbuild is a Go library. The tests need it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// dist is where the output goes, and web/embed.go takes it from.
const dist = "web/dist"

// run does what args ask for, from the root of the repository.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("assets", flag.ContinueOnError)
	flags.SetOutput(stderr)
	size := flags.Bool("size", false, "fail if something is over its budget")
	test := flags.Bool("test", false, "run the tests of the TypeScript instead of building")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if _, err := os.Stat("web/embed.go"); err != nil {
		return fmt.Errorf("run it in the root of the repository: %w", err)
	}
	if *test {
		return runTests(ctx, stdout, stderr)
	}
	if err := bundleAll(stderr); err != nil {
		return err
	}
	if err := buildWasm(ctx, stderr); err != nil {
		return err
	}
	if err := compressFixed(); err != nil {
		return err
	}
	return report(stdout, *size)
}
