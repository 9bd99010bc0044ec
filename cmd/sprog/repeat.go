package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
)

// stopGrace is how long the last message may wait for its answer after a signal.
const stopGrace = time.Second

// repeat sends messages until it is stopped, or until --count is reached.
func repeat(cmd *cobra.Command, s *settings) error {
	soft, hard, release := withSignals(cmd, stopGrace)
	defer release()
	began := time.Now()
	r := &repeater{
		set: s, print: newPrinter(cmd, s, soft), tally: tally{Type: summaryType, Hosts: []string{}},
		rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}
	r.outage.set, r.outage.warn = s, r.print.warn
	c, err := s.client(soft, r.outage.started)
	if err != nil {
		return err
	}
	defer c.Close()
	r.client = c
	if s.verbose {
		r.print.warn("%s order, every %v, ring %s", s.order, s.interval, s.ring)
	}
	r.run(soft, hard)
	r.tally.setElapsed(time.Since(began))
	r.print.tally(&r.tally)
	if r.print.err != nil {
		return r.print.err
	}
	return r.tally.exit()
}

// repeater sends messages one after the other.
type repeater struct {
	set    *settings
	client *client.Client
	print  *printer
	rand   *rand.Rand
	tally  tally
	outage outage
}

// run sends until soft ends, a result cannot be written, or the count is reached.
func (r *repeater) run(soft, hard context.Context) {
	due := time.Now()
	for soft.Err() == nil && r.print.err == nil {
		r.send(soft, hard, r.text())
		if r.tally.Messages == r.set.count {
			return
		}
		due = nextDue(due, time.Now(), r.set.interval)
		sleep(soft, time.Until(due))
	}
}

// nextDue returns when the message after the one that was due is due. Time that a message
// took beyond the interval is not made up for.
func nextDue(due, now time.Time, interval time.Duration) time.Time {
	if due = due.Add(interval); due.Before(now) {
		return now
	}
	return due
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *repeater) text() string {
	if r.set.message != "" {
		return r.set.message
	}
	least, most := r.set.lengths()
	return content(r.rand, least, most)
}

// send sends one text. If waitsForever, it tries until the host takes the text.
func (r *repeater) send(soft, hard context.Context, text string) {
	for {
		receipt, err := r.client.Send(hard, text)
		status := status(err)
		if status != statusUnsent {
			r.outage.ended(receipt)
		} else {
			r.reportOutage(soft, err)
			if r.set.waitsForever() && soft.Err() == nil {
				continue
			}
		}
		result := r.set.newResult(time.Now(), text, receipt, err)
		if r.set.json || status != statusUnsent { // reportOutage has told a person
			r.print.result(result)
		}
		r.tally.add(&result)
		return
	}
}

// reportOutage reports that no host can be reached: once for each outage if the message is
// tried again, otherwise each time.
func (r *repeater) reportOutage(soft context.Context, err error) {
	switch {
	case soft.Err() != nil && errors.Is(err, context.Canceled): // stopped by the user
		r.print.warn("%s", r.outage.describe(err))
	case !r.set.waitsForever():
		r.print.warn("%s", r.outage.describe(err))
		r.outage.active.Store(true)
	case r.set.verbose && r.outage.active.Load():
		r.print.warn("%s; %s", r.set.describe(err), r.set.trying())
	default:
		r.outage.started(err)
	}
}
