//go:build !linux

package main

// dropProgramPages does nothing here: the system sees to it.
func dropProgramPages() {}
