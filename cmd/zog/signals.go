package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/cli"
)

// forceAfter is how long the process may take to end. With the last line of diagnostics it
// ends within 10 s, whatever hangs.
const forceAfter = 9500 * time.Millisecond

// signals are the signals of a running daemon.
type signals struct {
	stop      chan struct{}    // closed by the first signal that stops the daemon
	first     os.Signal        // that signal; set before stop is closed
	announced bool             // announce was called
	hangup    <-chan os.Signal // SIGHUP, if that does not stop the daemon; several at once count as one
}

// listen handles signals from now on: SIGINT and SIGTERM stop the daemon, SIGHUP is for the
// caller. It is called before the ring file is read, which may hang, and before a host starts, as
// otherwise SIGHUP would end a daemon that reads a long log.
func listen(log logrus.FieldLogger) *signals {
	s, ends := newSignals()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	s.hangup = hangup
	go s.await(log, ends, nil)
	return s
}

// listenInTerminal does the same, but SIGHUP, which comes when the terminal is closed,
// stops the daemon too, unless it is ignored, as with nohup.
func listenInTerminal(log logrus.FieldLogger) *signals {
	s, ends := newSignals()
	closed := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(closed, syscall.SIGHUP)
	}
	go s.await(log, ends, closed)
	return s
}

// caught has SIGINT and SIGTERM from catchEnds on, those included that come before anyone listens.
var caught = make(chan os.Signal, 2)

// catchEnds keeps SIGINT and SIGTERM from ending the process. They wait for listen or listenInTerminal.
func catchEnds() { signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM) }

func newSignals() (s *signals, ends <-chan os.Signal) {
	catchEnds()
	return &signals{stop: make(chan struct{})}, caught
}

// await waits for the first signal and closes stop. The process should end then. If not,
// await ends it at the second signal, or after forceAfter. SIGHUP only counts as the first
// signal, as a terminal that closes may send several.
func (s *signals) await(log logrus.FieldLogger, ends, closed <-chan os.Signal) {
	select {
	case s.first = <-ends:
	case s.first = <-closed:
	}
	first := time.Now()
	close(s.stop) // before anything is logged
	endByForce(log)
	log.Fatalf("%v again: ended at once, nothing more is written", secondSignal(ends, first)) // exit status 1
}

// secondSignal waits for a signal that is not a copy of the first.
func secondSignal(ends <-chan os.Signal, first time.Time) os.Signal {
	for {
		if signal := <-ends; time.Since(first) >= cli.SecondAfter {
			return signal
		}
	}
}

// announce logs that the daemon stops. The goroutine that serves calls it, so that no line
// about the start follows.
func (s *signals) announce(log logrus.FieldLogger) {
	s.announced = true
	log.Infof("%v: stopping; a second one ends it at once", s.first)
}

// stopped reports whether the daemon is stopping.
func (s *signals) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// endByForce ends the process after forceAfter, as when a disk hangs. Calling never cancels
// that.
func endByForce(log logrus.FieldLogger) (never func() bool) {
	return time.AfterFunc(forceAfter, func() {
		log.Fatal("something hangs: ended by force, nothing more is written") // exit status 1
	}).Stop
}
