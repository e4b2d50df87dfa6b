//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// takeFolder makes a data folder this server's alone until it is given back, or the process ends in
// whatever way. Two servers in one folder would each go on with the log from where it was when they started.
func takeFolder(dir string) (giveBack func() error, err error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("data folder %s: another server is running on it; stop that one, give this one a folder of its own with --data, or keep the receipts of several servers in PostgreSQL with --database", dir)
	}
	if err != nil {
		folder.Close()
		return nil, err
	}
	return folder.Close, nil
}
