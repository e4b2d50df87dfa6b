package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/server/postgres/pgtest"
)

// ownCluster asks for a PostgreSQL of the benchmark's own.
const ownCluster = "temporary"

// findDatabase returns the address of the database that is asked for.
func (l *lab) findDatabase(asked string) (string, error) {
	if asked != ownCluster {
		return asked, nil
	}
	cluster, err := pgtest.Start()
	if err != nil {
		return "", err
	}
	l.later(func() { cluster.Remove() })
	return cluster.URL("postgres"), nil
}

// storeSize is how much the product's store takes on disk, in bytes.
func (l *lab) storeSize(ctx context.Context) (size int64, err error) {
	if l.database == "" {
		return folderSize(l.data)
	}
	db, err := pgx.Connect(ctx, l.database)
	if err != nil {
		return 0, err
	}
	defer db.Close(ctx)
	err = db.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	return size, err
}

// folderSize is how much the files in a folder take, in bytes.
func folderSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// verifyLog has the product's own command verify the whole log in the store, and
// returns how long that took.
func (l *lab) verifyLog(ctx context.Context) (time.Duration, error) {
	resp, err := http.Get(l.product + "/log/keys")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	key, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	args := []string{"verify", "log", "--key", string(bytes.TrimSpace(key))}
	if l.database == "" {
		args = append(args, l.data)
	}
	cmd := exec.CommandContext(ctx, l.binary, args...)
	cmd.Env = os.Environ()
	if l.database != "" {
		cmd.Env = append(cmd.Env, "LATCHKEY_DATABASE="+l.database)
	}
	began := time.Now()
	said, err := cmd.CombinedOutput()
	took := time.Since(began)
	if _, refused := errors.AsType[*exec.ExitError](err); refused {
		return 0, fmt.Errorf("verify log: %s", said)
	}
	return took, err
}
