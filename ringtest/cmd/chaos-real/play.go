package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/ringtest/chaos"
)

// play plays the schedule. It ends with an error if a process ends by itself, or a command fails.
func (t *trial) play(ctx context.Context) error {
	began := time.Now()
	sleep := func(until time.Duration) error {
		return t.await(ctx, wait{every: 10 * time.Millisecond}, func() bool { return time.Since(began)-t.waited >= until })
	}
	for _, a := range actions(t.schedule.Steps) {
		if err := sleep(a.at); err != nil {
			return err
		}
		step := t.schedule.Steps[a.step]
		fmt.Fprintf(t.progress, "%8s  %s: %s %s\n", (time.Since(began) - t.waited).Round(100*time.Millisecond), step.Kind, t.whom(step), a.do)
		switch err := t.perform(ctx, a.do, step); {
		case errors.Is(err, errLeftOut):
			fmt.Fprintf(t.progress, "          %v\n", err)
		case err != nil:
			return fmt.Errorf("%s: %w", step, err)
		case a.do.isFault():
			t.fired[a.step] = true
		}
	}
	return sleep(t.schedule.Lasts)
}

// errLeftOut is the error of a fault that was not injected.
var errLeftOut = errors.New("left out")

// whom names the hosts of a step.
func (t *trial) whom(s chaos.Step) string {
	names := make([]string, len(s.Hosts))
	for i, h := range s.Hosts {
		names[i] = t.hosts[h].name
	}
	return strings.Join(names, ",")
}

// perform carries out one operation of a step.
func (t *trial) perform(ctx context.Context, do operation, s chaos.Step) error {
	switch h := t.hosts[s.Hosts[0]]; do {
	case begin:
		return t.begin(s)
	case end:
		return t.end(s)
	case kill:
		return t.kill(h)
	case stop:
		return t.stop(ctx, h)
	case start:
		return t.start(h, s)
	case pause:
		return t.pause(ctx, h)
	case resume:
		return h.signal(syscall.SIGCONT)
	case blockClients:
		return t.net.Block(t.fromClients(h))
	case empty:
		return t.takeData(ctx, h, h.empty)
	case copyDisk:
		return t.copyDisk(ctx, h)
	case putBack:
		return t.putBack(ctx, h, s)
	}
	return fmt.Errorf("there is no operation %d", do)
}

func (t *trial) kill(h *host) error {
	h.kill()
	return nil
}

// stop stops a host, once it is ready: while it starts it may not handle signals yet.
func (t *trial) stop(ctx context.Context, h *host) error {
	if err := t.awaitReady(ctx, h); err != nil {
		return err
	}
	h.stop()
	return nil
}

// start starts a host again, unless it runs, and lets clients reach it. If the host did not stop
// cleanly, that is a violation, and the schedule goes on.
func (t *trial) start(h *host, s chaos.Step) error {
	if h.stopping != nil {
		t.addViolation(h.stopped())
	}
	var err error
	if h.process == nil {
		err = h.launch()
	}
	if s.TakesData() {
		err = errors.Join(err, t.net.Unblock(t.fromClients(h)))
	}
	return err
}

func (t *trial) pause(ctx context.Context, h *host) error {
	if err := t.awaitReady(ctx, h); err != nil {
		return err
	}
	return h.signal(syscall.SIGSTOP)
}

func (t *trial) copyDisk(ctx context.Context, h *host) error {
	if err := t.awaitReady(ctx, h); err != nil {
		return err
	}
	return h.backUp(t.backup(h))
}

func (t *trial) backup(h *host) string { return filepath.Join(t.dir, h.name+".backup") }

func (t *trial) putBack(ctx context.Context, h *host, s chaos.Step) error {
	taken := t.takeData(ctx, h, func() error { return h.restore(t.backup(h)) })
	if err := t.start(h, s); err != nil {
		return err
	}
	return taken
}

func (t *trial) fromClients(h *host) way { return t.net.Clients.To(h.place) }

// takeData kills a host and changes its disk, once the others have all that is on it. The rest of the
// schedule is delayed by that wait. If it takes too long the step is left out, because data could be
// lost.
func (t *trial) takeData(ctx context.Context, h *host, deed func() error) error {
	var others []string
	for _, other := range t.hosts {
		if other != h {
			others = append(others, other.dir)
		}
	}
	err := t.awaitOffClock(ctx, func() bool {
		only, err := onlyIn(h.dir, others)
		return err == nil && only == 0
	})
	if errors.Is(err, errTimeout) {
		return fmt.Errorf("%w: only %s has some of its messages, and that for %v", errLeftOut, h.name, daemons.Timeout)
	}
	if err != nil {
		return err
	}
	h.kill()
	return deed()
}

// begin begins the fault of a step on the network.
func (t *trial) begin(s chaos.Step) error {
	a, b := t.hosts[s.Hosts[0]].place, t.hosts[s.Hosts[len(s.Hosts)-1]].place
	switch s.Kind {
	case chaos.Partition, chaos.Flap:
		return t.across(s, t.net.Block)
	case chaos.Unplug:
		return t.around(a, t.net.Block)
	case chaos.OneWay:
		return t.net.Block(a.To(b))
	case chaos.Sever:
		return t.net.sever(a, b)
	case chaos.Rate:
		return t.net.slow(a.To(b), s.N)
	case chaos.Reset:
		return t.reset(a.To(b))
	}
	return fmt.Errorf("%s has no beginning", s.Kind)
}

// end ends the fault that begin began.
func (t *trial) end(s chaos.Step) error {
	a, b := t.hosts[s.Hosts[0]].place, t.hosts[s.Hosts[len(s.Hosts)-1]].place
	switch s.Kind {
	case chaos.Partition, chaos.Flap:
		return t.across(s, t.net.Unblock)
	case chaos.Unplug:
		return t.around(a, t.net.Unblock)
	case chaos.OneWay:
		return t.net.Unblock(a.To(b))
	case chaos.Sever:
		return t.net.unsever(a, b)
	case chaos.Rate:
		return t.net.unslow(a.To(b))
	}
	return fmt.Errorf("%s has no end", s.Kind)
}

// across calls do for all ways between the two sides of a partition.
func (t *trial) across(s chaos.Step, do func(way) error) error {
	var err error
	for i, a := range t.hosts {
		for j, b := range t.hosts {
			if slices.Contains(s.Hosts, i) != slices.Contains(s.Hosts, j) {
				err = errors.Join(err, do(a.place.To(b.place)))
			}
		}
	}
	return err
}

// around calls do for all ways to and from a place, including those of the clients.
func (t *trial) around(p place, do func(way) error) error {
	var err error
	out, back := t.net.Around(p)
	for _, w := range slices.Concat(out, back) {
		err = errors.Join(err, do(w))
	}
	return err
}

// reset resets the connections of a way, if there are any.
func (t *trial) reset(w way) error {
	n, err := reset(w, fmt.Sprint(t.ring.Ports.Peer))
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: there is no connection", errLeftOut)
	}
	return err
}
