package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

// terminal is a pseudo-terminal: what a program takes for one, and the end at which
// the user would be.
type terminal struct {
	t          *testing.T
	user, here *os.File
	shown      transcript
}

// openTerminal opens a terminal.
func openTerminal(t *testing.T) *terminal {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	number, locked := uint32(0), int32(0)
	raw, err := user.SyscallConn() // with Fd a read would block, and Close wait for it
	if err != nil {
		t.Fatal(err)
	}
	control := func(request uintptr, arg unsafe.Pointer) {
		failed := syscall.Errno(0)
		err := raw.Control(func(fd uintptr) {
			_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
		})
		if err != nil || failed != 0 {
			t.Fatal(err, failed)
		}
	}
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	here, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	return &terminal{t: t, user: user, here: here}
}

// settle has a program run in the terminal, in a session of its own.
func (s *terminal) settle(cmd *exec.Cmd) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.here, s.here, s.here
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
}

// keepHere leaves the terminal to the program that was started in it, and reads what
// that shows.
func (s *terminal) keepHere() {
	s.here.Close()
	go io.Copy(&s.shown, s.user)
}

// hangUp is what closing the window does.
func (s *terminal) hangUp() {
	s.t.Helper()
	if err := s.user.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// devRing makes ring one that zog dev can run: on its addresses, with ports that are
// free there.
func devRing(t *testing.T, ring *config.Ring) {
	t.Helper()
	for i, h := range config.Loopback(len(ring.Hosts)).Hosts {
		ring.Hosts[i].Address = h.Address
	}
	if err := daemons.FreePorts(ring); err != nil {
		t.Fatal(err)
	}
}
