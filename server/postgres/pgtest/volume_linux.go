package pgtest

import (
	"bufio"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Volume is a file system of its own, in memory, which can be full. It needs no
// rights: it is mounted in a user namespace and seen by nobody but the programs that run there.
type Volume struct {
	Dir    string // where it is mounted
	owner  *syscall.Credential
	holder *exec.Cmd // keeps the namespaces; ends with its input
}

// NewVolume makes a volume of so many bytes, which is gone when the test ends.
func NewVolume(t testing.TB, bytes int64) *Volume { return newVolume(t, bytes, nil) }

func newVolume(t testing.TB, bytes int64, owner *syscall.Credential) *Volume {
	t.Helper()
	// The folder is any that is there for everybody: what it holds is covered in the namespace alone.
	v := &Volume{Dir: "/mnt", owner: owner}
	v.holder = exec.Command("unshare", "--map-root-user", "--mount", "sh", "-c",
		fmt.Sprintf("mount -t tmpfs -o size=%d,mode=0700 tmpfs %s && echo mounted && exec cat", bytes, v.Dir))
	v.holder.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	in, err := v.holder.StdinPipe()
	require.NoError(t, err)
	out, err := v.holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, v.holder.Start(), "user namespaces are needed for a volume that is full")
	t.Cleanup(func() {
		in.Close()
		v.holder.Wait()
	})
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "user namespaces are needed for a volume that is full")
	require.Equal(t, "mounted\n", said)
	return v
}

// Command is a program that sees the volume. It runs as who runs the tests,
// and believes to be root.
func (v *Volume) Command(name string, args ...string) *exec.Cmd {
	return v.command("KILL", name, args...)
}

// command is a program that gets a signal when the tests are killed.
func (v *Volume) command(signal, name string, args ...string) *exec.Cmd {
	// Who enters a namespace is forgotten to end with its parent, and is told again.
	cmd := exec.Command("nsenter", slices.Concat([]string{"--target", fmt.Sprint(v.holder.Process.Pid), "--user", "--mount",
		"--preserve-credentials", "setpriv", "--pdeathsig", signal, name}, args)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: v.owner}
	return cmd
}

// Fill writes to the volume until nothing more goes in.
func (v *Volume) Fill(t testing.TB) {
	t.Helper()
	out, err := v.Command("sh", "-c", "cat /dev/zero > "+v.Dir+"/ballast").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "No space left on device")
}

// Leave takes so many bytes out again of what Fill wrote.
func (v *Volume) Leave(t testing.TB, bytes int64) {
	t.Helper()
	out, err := v.Command("truncate", fmt.Sprintf("--size=-%d", bytes), v.Dir+"/ballast").CombinedOutput()
	require.NoError(t, err, string(out))
}

// Empty takes out again what Fill wrote.
func (v *Volume) Empty(t testing.TB) {
	t.Helper()
	out, err := v.Command("rm", v.Dir+"/ballast").CombinedOutput()
	assert.NoError(t, err, string(out))
}

// OwnOn returns a cluster of the test's own whose programs see a volume of so many
// bytes. It keeps there what is in the tablespace "volume", and if wal is set, its
// write-ahead log too.
func OwnOn(t testing.TB, bytes int64, wal bool, settings ...string) (*Cluster, *Volume) {
	t.Helper()
	needed(t)
	owner, err := unprivileged()
	require.NoError(t, err)
	c := &Cluster{settings: settings, volume: newVolume(t, bytes, owner)}
	if wal {
		c.wal = c.volume.Dir + "/wal"
	}
	c, err = start(c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Remove()) })
	out, err := c.volume.Command("mkdir", c.volume.Dir+"/tables").CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, c.admin("CREATE TABLESPACE volume LOCATION '"+c.volume.Dir+"/tables'"))
	return c, c.volume
}

// DatabaseOn returns the URL of a new, empty database of the cluster, in its
// tablespace "volume".
func (c *Cluster) DatabaseOn(t testing.TB) string {
	t.Helper()
	return c.database(t, " TABLESPACE volume")
}
