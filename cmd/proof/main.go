//go:build !js || !wasm

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "proof runs in a browser: build it with GOOS=js GOARCH=wasm; at a prompt there is \"latchkey verify receipt\"")
	os.Exit(2)
}
