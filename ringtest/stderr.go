package ringtest

import (
	"io"

	"github.com/sirupsen/logrus"
)

// stderr is the standard error of a host, in all its lives.
type stderr struct {
	to   io.Writer
	gate gate
	turn chan struct{} // a lock: virtual time goes on while others wait for it
}

// Write implements io.Writer; it is called once a line.
func (s *stderr) Write(line []byte) (int, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.gate.wait()
	return s.to.Write(line)
}

// logger writes there. Its own lock is off, as virtual time would stand still while
// somebody waits for that.
func (s *stderr) logger() *logrus.Logger {
	log := logrus.New()
	log.SetNoLock()
	log.SetOutput(s)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	log.SetLevel(logrus.DebugLevel)
	return log
}

// BlockStderr lets nobody read what the host says on its standard error, as where it is a
// pipe that is full: whoever writes a line there waits until the fault is healed. Other
// hosts have their own. [Ring.Said] does not count what was not written.
func (h *Host) BlockStderr() *Fault {
	h.ring.t.Helper()
	h.stderr.gate.shut()
	return h.ring.impose("blocked stderr", h.stderr.gate.open, "nobody reads the stderr of %s", h.name)
}
