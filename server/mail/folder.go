package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// folder is the transport that writes each message to a file: for trying the
// product out, and for a mail system that collects files.
type folder struct {
	dir  string
	from *netmail.Address
}

// unfinished are the files that a crash may have left half written.
const unfinished = ".new-*"

func newFolder(dir string, from *netmail.Address) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	if err := removeUnfinished(dir); err != nil {
		return nil, err
	}
	return &folder{dir: dir, from: from}, nil
}

// removeUnfinished deletes what a crash has left of messages that were being written.
func removeUnfinished(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, unfinished))
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	for _, file := range left {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	return nil
}

// Deliver writes m to its file. Whoever sees the file sees all of it.
func (f *folder) Deliver(_ context.Context, m rights.Message, date time.Time) error {
	msg, err := compose(m, f.from, date)
	if err != nil {
		return err
	}
	if err := f.write(name(m)+extension, msg); err != nil {
		return fmt.Errorf("outbox: %w: %w", err, fault.Unavailable)
	}
	return nil
}

func (f *folder) write(name string, msg *gomail.Msg) error {
	temp, err := os.CreateTemp(f.dir, unfinished) // mode 0600
	if err != nil {
		return err
	}
	_, err = msg.WriteTo(temp)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), filepath.Join(f.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncDir(f.dir)
}

// syncDir makes the new name as durable as the file.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
