package ringtest

import (
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/stdio"
)

// stderr is the standard error of a host, for all its processes. Diagnostics pass the same queue as
// in the daemon.
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

// Write implements stdio.File; the queue calls it once per line.
func (s *stderr) Write(line []byte) (int, error) {
	s.gate.wait()
	return s.to.Write(line)
}

// Fd implements stdio.File: there is none.
func (s *stderr) Fd() uintptr { return ^uintptr(0) }

// close writes what is queued.
func (s *stderr) close() { s.queue.Close(time.Second) }

// logger returns the logger for a process of the host.
func (s *stderr) logger() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(s.queue)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	log.SetLevel(logrus.DebugLevel)
	return log
}

// BlockStderr blocks writes to the host's standard error, like a full pipe that nobody reads. Lines
// are queued until the fault is healed; beyond the queue's limit they are dropped and counted.
// [Ring.Said] does not count lines that were not written. Other hosts are not affected.
func (h *Host) BlockStderr() *Fault {
	h.ring.t.Helper()
	h.stderr.gate.shut()
	return h.ring.impose("blocked stderr", h.stderr.gate.open, "nobody reads the stderr of %s", h.name)
}
