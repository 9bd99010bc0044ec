package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
)

// patience is how long the answer to the last message is waited for after a
// signal, at most.
const patience = time.Second

// repeat is the endless mode.
func repeat(cmd *cobra.Command, s *settings) error {
	soft, hard, release := interruptible(cmd, patience)
	defer release()
	began := time.Now()
	r := &repeater{
		set: s, print: newPrinter(cmd, s, soft), tally: tally{Type: summaryType, Hosts: []string{}},
		rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}
	r.outage.set, r.outage.say = s, r.print.say
	c, err := s.client(r.outage.begin)
	if err != nil {
		return err
	}
	defer c.Close()
	r.client = c
	if s.verbose {
		r.print.say("%s order, every %v, ring %s", s.order, s.interval, s.ring)
	}
	r.run(soft, hard)
	r.tally.took(time.Since(began))
	r.print.tally(&r.tally)
	if r.print.broken != nil {
		return r.print.broken
	}
	return r.tally.exit()
}

// repeater sends one message after the other.
type repeater struct {
	set    *settings
	client *client.Client
	print  *printer
	rand   *rand.Rand
	tally  tally
	outage outage
}

// run sends until soft ends, results cannot be written, or the count is full.
func (r *repeater) run(soft, hard context.Context) {
	due := time.Now()
	for soft.Err() == nil && r.print.broken == nil {
		r.send(soft, hard, r.text())
		if r.tally.Messages == r.set.count {
			return
		}
		due = next(due, time.Now(), r.set.interval)
		wait(soft, time.Until(due))
	}
}

// next is when the message after the one that was due is due. What took longer
// than the interval is not made up for.
func next(due, now time.Time, interval time.Duration) time.Time {
	if due = due.Add(interval); due.Before(now) {
		return now
	}
	return due
}

func wait(ctx context.Context, d time.Duration) {
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

// send sends one text, and without a count waits for a specific host as long as
// it takes.
func (r *repeater) send(soft, hard context.Context, text string) {
	for {
		receipt, err := r.client.Send(hard, text)
		status := status(err)
		if status != statusUnsent {
			r.outage.end(receipt)
		} else {
			r.lostTouch(soft, err)
			if r.set.endless() && soft.Err() == nil {
				continue
			}
		}
		result := r.set.newResult(time.Now(), text, receipt, err)
		if r.set.json || status != statusUnsent { // people have been told
			r.print.result(result)
		}
		r.tally.add(&result)
		return
	}
}

// lostTouch tells the user that no host can be reached: once, or each time if
// each message is lost by it and not only late.
func (r *repeater) lostTouch(soft context.Context, err error) {
	switch {
	case soft.Err() != nil && errors.Is(err, context.Canceled): // as the user wished
	case !r.set.endless():
		r.print.say("%s", r.set.told(err))
		r.outage.on.Store(true)
	case r.set.verbose && r.outage.on.Load():
		r.print.say("%s; %s", r.set.told(err), r.set.trying())
	default:
		r.outage.begin(err)
	}
}
