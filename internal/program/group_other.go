//go:build unix && !linux

package program

import (
	"os/exec"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func ending(cmd *exec.Cmd) (await func(), reap func() error) {
	var err error
	return func() { err = cmd.Wait() }, func() error { return err }
}
