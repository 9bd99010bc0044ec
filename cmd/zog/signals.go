package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
)

// signals is what the operator asks of a running daemon.
type signals struct {
	stop   <-chan struct{}  // closed by the first SIGINT or SIGTERM
	hangup <-chan os.Signal // SIGHUP; several that come together count once
}

// listen takes the signals from now on. It is called before a host starts: no
// SIGHUP may end one that reads a long log. The second signal to stop ends the
// process at once, whatever it is doing.
func listen(log logrus.FieldLogger) signals {
	ends, hangup, stop := make(chan os.Signal, 2), make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		log.Infof("%v: stopping; a second one ends it at once", <-ends)
		close(stop)
		log.Fatalf("%v again: ended at once, nothing more is written", <-ends) // exit status 1
	}()
	return signals{stop: stop, hangup: hangup}
}
