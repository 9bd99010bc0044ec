package ringtest

import (
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/stdio"
)

// stderr is the standard error of a host, in all its lives. What the host says goes
// through the queue that the daemon has, too.
type stderr struct {
	to    io.Writer
	gate  gate
	queue *stdio.Diagnostics
}

func newStderr(to io.Writer) *stderr {
	s := &stderr{to: to}
	s.queue = stdio.NewDiagnostics(s)
	return s
}

// Write implements stdio.File; the queue calls it once a line.
func (s *stderr) Write(line []byte) (int, error) {
	s.gate.wait()
	return s.to.Write(line)
}

// Fd implements stdio.File: there is none.
func (s *stderr) Fd() uintptr { return ^uintptr(0) }

// close lets what waits be written.
func (s *stderr) close() { s.queue.Close(time.Second) }

// logger is what a life of the host writes with.
func (s *stderr) logger() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(s.queue)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	log.SetLevel(logrus.DebugLevel)
	return log
}

// BlockStderr lets nobody read what the host says on its standard error, as where it is a
// pipe that is full: what it says waits until the fault is healed, and is dropped and
// counted when that is too much. Other hosts have their own. [Ring.Said] does not count
// what was not written.
func (h *Host) BlockStderr() *Fault {
	h.ring.t.Helper()
	h.stderr.gate.shut()
	return h.ring.impose("blocked stderr", h.stderr.gate.open, "nobody reads the stderr of %s", h.name)
}
