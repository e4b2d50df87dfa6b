package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a start, a stop or a statement may take on a busy machine.
const patience = time.Minute

// Password is the password in every URL. It is odd enough to be found, also
// escaped, wherever it must not be.
const Password = "s3cret/über&wörd"

// role owns the cluster and is who tests connect as.
const role = "latchkey"

// Cluster is a PostgreSQL of one test binary.
type Cluster struct {
	dir      string
	port     int
	settings []string
	owner    *syscall.Credential // nil: whoever runs the tests
	volume   *Volume             // that its programs see; nil if none
	wal      string              // folder of the write-ahead log; empty: where the rest is
	process  *os.Process         // nil while stopped
	ended    chan struct{}       // closed when process has ended
}

// Start makes a cluster and starts it; settings are of the form "name=value".
// PostgreSQL refuses to run as root, so root's tests run it as another user.
func Start(settings ...string) (*Cluster, error) { return start(&Cluster{settings: settings}) }

func start(c *Cluster) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	if c.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	if err := c.init(bin); err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	// The port that is free now may be taken a moment later.
	for range 3 {
		if c.port, err = freePort(); err != nil {
			break
		}
		if err = c.Resume(); err == nil {
			return c, nil
		}
	}
	return nil, errors.Join(err, c.Remove())
}

// unprivileged returns who to run as: nil, unless this is root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is no user postgres or nobody to run PostgreSQL as, and it refuses to run as root")
}

// init makes the files of the cluster.
func (c *Cluster) init(bin string) error {
	password := filepath.Join(c.dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o600); err != nil {
		return err
	}
	if c.owner != nil {
		for _, path := range []string{c.dir, password} {
			if err := os.Chown(path, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
				return err
			}
		}
	}
	args := []string{"-D", c.data(), "-U", role, "-E", "UTF8", "--locale=C", "--auth=scram-sha-256", "--pwfile=" + password}
	if c.wal != "" {
		args = append(args, "--waldir="+c.wal)
	}
	cmd := c.command(filepath.Join(bin, "initdb"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Folder is where all files of the cluster are, of the tests' own user.
func (c *Cluster) Folder() string { return c.data() }

// Log is the file that the server writes what it says to.
func (c *Cluster) Log() string { return filepath.Join(c.dir, "log") }

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	if c.volume != nil {
		// Not as root, which it would believe to be.
		cmd = c.volume.command("QUIT", "unshare", slices.Concat([]string{"--user", "--map-user=1", "--map-group=1", name}, args)...)
	}
	cmd.Dir = c.dir
	// Nothing that points at another server or sets its ways.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Setpgid: true}
	return cmd
}

// URL returns the address of a database.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, Password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Resume starts the server and waits until it takes connections.
func (c *Cluster) Resume() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", c.data(), "-p", strconv.Itoa(c.port)}
	for _, s := range slices.Concat([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"}, c.settings) {
		args = append(args, "-c", s)
	}
	cmd := c.command(filepath.Join(bin, "postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	// If the tests are killed, so is the server. The signal comes when the thread
	// that started it ends, which therefore has nothing else to do.
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		if cmd.Process != nil {
			cmd.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	c.process, c.ended = cmd.Process, ended
	if err := c.answers(); err != nil {
		said, _ := os.ReadFile(c.Log())
		return errors.Join(fmt.Errorf("PostgreSQL did not start: %w\n%s", err, said), c.stop(syscall.SIGQUIT))
	}
	return nil
}

// answers waits until the server takes connections.
func (c *Cluster) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-c.ended:
			return errors.New("it ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Demote makes the server a standby, which only reads, until somebody promotes it.
func (c *Cluster) Demote() error {
	if err := c.Stop(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.data(), "standby.signal"), nil, 0o644); err != nil {
		return err
	}
	return c.Resume()
}

func (c *Cluster) running() bool { return c.process != nil }

// Stop ends the server in good order, cutting off who is connected.
func (c *Cluster) Stop() error { return c.stop(syscall.SIGINT) }

// Crash ends the server as a power cut would, as far as its processes go: it
// writes nothing more, and recovers from its log when it starts again.
func (c *Cluster) Crash() error { return c.stop(syscall.SIGQUIT) }

func (c *Cluster) stop(sig syscall.Signal) error {
	if !c.running() {
		return nil
	}
	if err := c.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.ended:
		c.process = nil
		return nil
	case <-time.After(patience):
		return errors.New("PostgreSQL did not stop")
	}
}

// Remove stops the server and removes its files.
func (c *Cluster) Remove() error {
	return errors.Join(c.Crash(), os.RemoveAll(c.dir))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
