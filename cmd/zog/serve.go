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

// stopWithin is how long hosts may take to finish what they have taken. If something hangs,
// forceAfter comes after it.
const stopWithin = 7 * time.Second

// startHosts starts hosts. An error of start is a usage error. If a signal comes meanwhile,
// it stops the hosts that were started, and returns none.
func startHosts(log logrus.FieldLogger, signals *signals, start func(cancel <-chan struct{}) ([]*supervisor.Host, error)) ([]*supervisor.Host, error) {
	var hosts []*supervisor.Host
	var err error
	started := make(chan struct{})
	go func() {
		defer close(started)
		hosts, err = start(signals.stop)
	}()
	select {
	case <-started:
	case <-signals.stop:
		signals.announce(log)
		<-started // if this hangs, endByForce ends the process
	}
	switch {
	case errors.Is(err, supervisor.ErrCancelled):
		log.Info("stopped before messages were taken")
		return nil, nil
	case err != nil:
		return nil, cli.Usage(err)
	case signals.announced:
		return nil, stopHosts(log, hosts)
	}
	return hosts, nil
}

// serve runs hosts until a signal comes or one of them fails, and then stops all of them.
// It returns that failure and the errors of stopping.
func serve(log logrus.FieldLogger, hosts []*supervisor.Host, signals *signals, hangup func()) error {
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
		case <-signals.hangup:
			hangup()
		case <-signals.stop:
			signals.announce(log)
			return stopHosts(log, hosts)
		case err := <-failed:
			defer endByForce(log)()
			return errors.Join(err, stopHosts(log, hosts))
		}
	}
}

// stopHosts stops all hosts, and logs what they have done.
func stopHosts(log logrus.FieldLogger, hosts []*supervisor.Host) error {
	errs := make([]error, len(hosts))
	var all sync.WaitGroup
	for i, h := range hosts {
		all.Go(func() { errs[i] = h.Stop(stopWithin) })
	}
	all.Wait()
	for _, h := range hosts {
		log.WithField("host", h.Name()).WithFields(counters(h.Counts())).Info("stopped")
	}
	return errors.Join(errs...)
}

// counters returns the counters of a host. docs/operations.md explains them.
func counters(c *actors.Counts) logrus.Fields {
	return logrus.Fields{
		"taken":      c.Taken.Load(),
		"received":   c.Received.Load(),
		"forwarded":  c.Forwarded.Load(),
		"duplicates": c.Duplicates.Load(),
		"early":      c.BehindGap.Load(),
		"refused":    c.Refused.Load(),
		"reported":   c.Reported.Load(),
	}
}
