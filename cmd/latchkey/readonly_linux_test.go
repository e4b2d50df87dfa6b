package main

import (
	"errors"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"latchkey/server/sqlite"
)

// A kernel makes a volume read-only when its disk fails, under the files that
// programs have open for writing; to nobody else does it do that ("mount -o remount,ro"
// says that the volume is busy). So the kernel is asked to hand the writes at a place in a
// file, which are those of SQLite, to the test (seccomp_unotify(2)), and the test
// lets them through, or has the kernel answer that the file system is read-only.

func init() { programs["latchkey-on-a-volume"] = onAVolume }

// onAVolume hands its writes to who holds the other end of file 3, and becomes latchkey.
func onAVolume() {
	const number, allow = 0, 0x7fff0000 // where the number of the call stands; SECCOMP_RET_ALLOW
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_PWRITE64, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // which is the one that goes on
	must := func(err error) {
		if err != nil {
			log.Fatal("writes can't be handed over: ", err)
		}
	}
	must(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	listener, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		must(errno)
	}
	must(unix.Sendmsg(3, []byte{0}, unix.UnixRights(int(listener)), nil, 0))
	unix.CloseOnExec(3)
	path, err := exec.LookPath("latchkey")
	must(err)
	must(syscall.Exec(path, append([]string{"latchkey"}, os.Args[1:]...), os.Environ()))
}

// volume is what the files of a program are on.
type volume struct{ readOnly atomic.Bool }

// notification and response are struct seccomp_notif and seccomp_notif_resp of linux/seccomp.h.
type notification struct {
	id         uint64
	pid, flags uint32
	call       struct {
		number       int32
		architecture uint32
		address      uint64
		arguments    [6]uint64
	}
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// serveOn starts "latchkey serve" on the sample groups, with its data folder on a volume.
func serveOn(t *testing.T, data string) (*program, *volume) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	t.Cleanup(func() { ours.Close() })
	v := &volume{}
	go v.run(pair[0])
	cmd := exec.Command("latchkey-on-a-volume", "serve", "--config", "../../testdata/groups", "--data", data, "--addr", "127.0.0.1:0")
	cmd.ExtraFiles = []*os.File{theirs}
	p := started(t, cmd)
	theirs.Close()
	return p, v
}

// run receives the writes of a program, over a socket, and answers them until it has ended.
func (v *volume) run(socket int) {
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), rights, 0)
	if err != nil {
		return
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return
	}
	listener, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return
	}
	defer unix.Close(listener[0])
	for {
		// Waiting for a notification does not end with the program; this does.
		ready := []unix.PollFd{{Fd: int32(listener[0]), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); errors.Is(err, unix.EINTR) {
			continue
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return
		}
		var in notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener[0]), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&in))); errno != 0 {
			continue // the thread that wrote has gone
		}
		out := response{id: in.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if v.readOnly.Load() {
			out = response{id: in.id, errno: -int32(unix.EROFS)}
		}
		unix.Syscall(unix.SYS_IOCTL, uintptr(listener[0]), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&out)))
	}
}

// TestAVolumeThatTurnsReadOnlyLosesNothingAcknowledged makes the volume read-only
// under a running server, and writable again.
func TestAVolumeThatTurnsReadOnlyLosesNothingAcknowledged(t *testing.T) {
	data := t.TempDir()
	p, volume := serveOn(t, data)
	acknowledged := p.stores(t, 20)
	volume.readOnly.Store(true)
	p.storesNothing(t, "disk I/O error", data)
	volume.readOnly.Store(false)
	until(t, "the server to be ready", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
	acknowledged += p.stores(t, 20)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	assert.Equal(t, acknowledged, receiptsIn(t, data), "what was acknowledged is there, and nothing else")
}

// TestADatabaseThatIsTakenAwayLosesNothingAcknowledged moves the database's file under a
// running server, puts another in its place, and then puts it back.
func TestADatabaseThatIsTakenAwayLosesNothingAcknowledged(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	acknowledged := p.stores(t, 20)
	file := filepath.Join(data, sqlite.FileName)
	require.NoError(t, os.Rename(file, file+".old"))
	p.storesNothing(t, "deleted, moved or replaced", data)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	p.storesNothing(t, "deleted, moved or replaced", data)
	require.NoError(t, os.Rename(file+".old", file))
	acknowledged += p.stores(t, 20)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	assert.Equal(t, acknowledged, receiptsIn(t, data), "what was acknowledged is there, and nothing else")
}

// stores sends choices, all of which are acknowledged.
func (p *program) stores(t *testing.T, n int) int {
	t.Helper()
	edition, answers := question(t, p.url)
	for range n {
		require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers), p.log())
	}
	return n
}

// storesNothing sends choices, all of which are refused in words that do not say where the data
// folder is, and finds that the server says so of itself.
func (p *program) storesNothing(t *testing.T, says, data string) {
	t.Helper()
	edition, answers := question(t, p.url)
	for range 3 {
		status, after, said, _ := refusal(t, "POST", p.url+"/api/receipts", choice(t, edition, answers), "Content-Type", "application/json", "Origin", demoOrigin)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.NotEmpty(t, after)
		assert.Contains(t, said, says)
		assert.NotContains(t, said, data)
		status, said = p.get("/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, said, "not writable")
	}
	alive, _ := p.get("/connect/notice")
	assert.Equal(t, http.StatusOK, alive, "pages are read all the same")
}
