package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/cli"
)

// forceAfter is how long a process that is to end may take. With the last line of
// diagnostics it is gone within 10 s, whatever hangs.
const forceAfter = 9500 * time.Millisecond

// signals is what the operator asks of a running daemon.
type signals struct {
	stop   chan struct{}    // closed by the first signal to end
	why    os.Signal        // that signal, once stop is closed
	said   bool             // that the daemon ends; of who serves
	hangup <-chan os.Signal // SIGHUP, if it is not to end; several that come together count once
}

// listen takes the signals from now on: SIGINT and SIGTERM end the daemon, and
// SIGHUP reloads. It is called before a host starts: no SIGHUP may end one that
// reads a long log.
func listen(log logrus.FieldLogger) *signals {
	s, ends := newSignals()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	s.hangup = hangup
	go s.await(log, ends, nil)
	return s
}

// listenInTerminal does as well, but SIGHUP, which comes when the terminal is
// closed, ends the daemon too; unless it is ignored, as below nohup.
func listenInTerminal(log logrus.FieldLogger) *signals {
	s, ends := newSignals()
	closed := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(closed, syscall.SIGHUP)
	}
	go s.await(log, ends, closed)
	return s
}

func newSignals() (s *signals, ends chan os.Signal) {
	ends = make(chan os.Signal, 2)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	return &signals{stop: make(chan struct{})}, ends
}

// await ends the process in the end: whoever serves does so at the first signal, and
// if not, this goroutine at the second one or when the time is over. SIGHUP
// counts as the first only: a terminal that closes sends several.
func (s *signals) await(log logrus.FieldLogger, ends, closed <-chan os.Signal) {
	select {
	case s.why = <-ends:
	case s.why = <-closed:
	}
	first := time.Now()
	close(s.stop) // before anything is said
	endByForce(log)
	log.Fatalf("%v again: ended at once, nothing more is written", second(ends, first)) // exit status 1
}

// second waits for a signal that is not the first one once more.
func second(ends <-chan os.Signal, first time.Time) os.Signal {
	for {
		if signal := <-ends; time.Since(first) >= cli.SecondAfter {
			return signal
		}
	}
}

// say says that the daemon ends. Only who serves says it, so that nothing that is
// said of its start comes after it.
func (s *signals) say(log logrus.FieldLogger) {
	s.said = true
	log.Infof("%v: stopping; a second one ends it at once", s.why)
}

// stopped reports whether the daemon is to end.
func (s *signals) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// endByForce ends the process if it is still there when it should have ended, as
// with a disk that hangs, unless it is told not to.
func endByForce(log logrus.FieldLogger) (never func() bool) {
	return time.AfterFunc(forceAfter, func() {
		log.Fatal("something hangs: ended by force, nothing more is written") // exit status 1
	}).Stop
}
