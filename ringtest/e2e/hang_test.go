package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A program whose disk hangs: its calls of fsync never return, but for the signals that
// it gets. That is done by a seccomp filter that asks a listener about each of them, and
// the only one who could answer is the program itself.

// envHangs has this test program become another one, whose syncs hang.
const envHangs = "ZOG_E2E_SYNCS_HANG"

// beHanging becomes the program that the arguments name. It returns only with an error.
func beHanging(args []string) error {
	runtime.LockOSThread() // the filter is for the thread that goes on
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 2, K: unix.SYS_FSYNC},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: unix.SYS_FDATASYNC},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	listener, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if _, err := unix.FcntlInt(listener, unix.F_SETFD, 0); err != nil { // it stays open as long as the program runs
		return err
	}
	return syscall.Exec(args[0], args, os.Environ())
}

// hanging starts a program whose syncs hang.
func hanging(t *testing.T, name string, args ...string) *process {
	t.Helper()
	return spawnAs(t, func(p *exec.Cmd) {
		p.Path, p.Args = os.Args[0], append([]string{os.Args[0], program(name)}, args...)
		p.Env = append(os.Environ(), envHangs+"=1")
	}, name, args...)
}
