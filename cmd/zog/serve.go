package main

import (
	"errors"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/supervisor"
)

// stopWithin is how long hosts get to finish what they have taken. With what
// is then stopped by force they are gone before forceAfter.
const stopWithin = 7 * time.Second

// begin starts hosts. An error of start is a usage error. If the daemon is told to
// end meanwhile, what was started is stopped, and there are no hosts.
func begin(log logrus.FieldLogger, asked *signals, start func(cancel <-chan struct{}) ([]*supervisor.Host, error)) ([]*supervisor.Host, error) {
	var hosts []*supervisor.Host
	var err error
	started := make(chan struct{})
	go func() {
		defer close(started)
		hosts, err = start(asked.stop)
	}()
	select {
	case <-started:
	case <-asked.stop:
		asked.say(log)
		<-started // or never, if it hangs: then endByForce ends the process
	}
	switch {
	case errors.Is(err, supervisor.ErrCancelled):
		log.Info("stopped before messages were taken")
		return nil, nil
	case err != nil:
		return nil, cli.Usage(err)
	case asked.said:
		return nil, stop(log, hosts)
	}
	return hosts, nil
}

// serve lets hosts run until a signal or the failure of one ends them all. The
// error is that failure, or what went wrong in stopping.
func serve(log logrus.FieldLogger, hosts []*supervisor.Host, asked *signals, hangup func()) error {
	ended := make(chan struct{})
	defer close(ended)
	failed := make(chan error)
	for _, h := range hosts {
		go func() {
			select {
			case <-h.Failed():
				select {
				case failed <- h.Err():
				case <-ended:
				}
			case <-ended:
			}
		}()
	}
	for {
		select {
		case <-asked.hangup:
			hangup()
		case <-asked.stop:
			asked.say(log)
			return stop(log, hosts)
		case err := <-failed:
			defer endByForce(log)()
			return errors.Join(err, stop(log, hosts))
		}
	}
}

// stop stops all hosts, and says what they have done.
func stop(log logrus.FieldLogger, hosts []*supervisor.Host) error {
	errs := make([]error, len(hosts))
	var all sync.WaitGroup
	for i, h := range hosts {
		all.Go(func() { errs[i] = h.Stop(stopWithin) })
	}
	all.Wait()
	for _, h := range hosts {
		log.WithField("host", h.Name()).WithFields(done(h.Counts())).Info("stopped")
	}
	return errors.Join(errs...)
}

// done is what a host has done since it started. docs/operations.md says what each means.
func done(c *actors.Counts) logrus.Fields {
	return logrus.Fields{
		"taken":      c.Taken.Load(),
		"received":   c.Received.Load(),
		"forwarded":  c.Forwarded.Load(),
		"duplicates": c.Duplicates.Load(),
		"early":      c.Early.Load(),
		"refused":    c.Refused.Load(),
		"reported":   c.Reported.Load(),
	}
}
