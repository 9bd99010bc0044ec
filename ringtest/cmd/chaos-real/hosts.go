package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"xlattice.org/zog/internal/test/daemons"
)

// host is a daemon in a namespace. It is for one goroutine.
type host struct {
	place
	name      string
	dir       string // of its logs
	command   []string
	outputDir string // the directory for what it says
	process   *daemons.Process
	stopping  chan error // what comes of it is sent when it has stopped; nil unless it was told to
}

// launch starts it, and does not wait until it is ready.
func (h *host) launch() error {
	var err error
	h.process, err = daemons.Launch(h.outputDir, h.name, h.command[0], h.command[1:]...)
	return err
}

// ready says whether it takes messages.
func (h *host) ready() bool { return h.process != nil && h.process.Count("taking messages") > 0 }

// kill kills it with SIGKILL.
func (h *host) kill() {
	h.process.Kill()
	h.process = nil
}

// stop begins to stop it with SIGTERM. The caller must call stopped or clear later.
func (h *host) stop() {
	p := h.process
	h.process, h.stopping = nil, make(chan error, 1)
	go func(result chan<- error) { result <- finish(p) }(h.stopping)
}

// stopped waits until it has stopped, and returns an error unless that was clean.
func (h *host) stopped() error {
	err := <-h.stopping
	h.stopping = nil
	return err
}

// finish stops a process with SIGTERM, or kills it if that takes too long. An exit code other than 0
// is an error.
func finish(p *daemons.Process) error {
	code, err := p.Stop(syscall.SIGTERM)
	if err != nil {
		p.Kill()
		return fmt.Errorf("%w: %s", err, p.LastLine())
	}
	if code != 0 {
		return fmt.Errorf("%s ended with exit code %d: %s", p, code, p.LastLine())
	}
	return nil
}

// clear makes sure that it has ended.
func (h *host) clear() {
	if h.process != nil {
		h.kill()
	}
	if h.stopping != nil {
		_ = h.stopped() // another error was reported already
	}
}

// signal sends a signal to it.
func (h *host) signal(sig syscall.Signal) error { return h.process.Signal(sig) }

// ended returns an error if it has ended by itself.
func (h *host) ended() error {
	if h.process == nil || !h.process.Over() {
		return nil
	}
	return fmt.Errorf("%s has ended by itself: its last lines are\n    %s",
		h.name, strings.Join(h.process.Last(lastLines), "\n    "))
}

// lastLines is how many lines of output the error of a daemon has.
const lastLines = 20

// empty empties its disk. The daemon must not run.
func (h *host) empty() error {
	return errors.Join(os.RemoveAll(h.dir), os.Mkdir(h.dir, 0o755))
}

// backUp copies its disk. The daemon is stopped meanwhile, so that the copy is consistent.
func (h *host) backUp(to string) error {
	if err := h.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := os.RemoveAll(to)
	if err == nil {
		err = os.CopyFS(to, os.DirFS(h.dir))
	}
	return errors.Join(err, h.signal(syscall.SIGCONT))
}

// restore replaces its disk by a copy. The daemon must not run.
func (h *host) restore(from string) error {
	if err := os.RemoveAll(h.dir); err != nil {
		return err
	}
	return os.CopyFS(h.dir, os.DirFS(from))
}
