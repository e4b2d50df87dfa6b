//go:build !race

package main

// racing: the race detector is built in, which takes several times the memory.
const racing = false
