package program

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup makes a program the leader of its process group, and lets the kernel kill it when this process dies.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// ending returns two functions: one waits until a program has ended, and the other, called after that, returns how. In
// between the number of its group cannot become that of another.
func ending(cmd *exec.Cmd) (await func(), reap func() error) {
	await = func() {
		for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
	}
	return await, cmd.Wait
}
