package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"xlattice.org/zog/internal/test/netns"
)

// cut is a case of part 3: hosts are cut off and come back.
type cut struct {
	fault  fault
	lasts  time.Duration
	hosts  int  // number of hosts that are cut off: the last of the ring
	origin bool // each of them takes messages of a client on its own machine meanwhile
}

// run runs the case, with a client of 50 messages per second at the first host.
func (c cut) run(ctx context.Context, s *stage) ([]figure, error) {
	if err := s.startAll(ctx); err != nil {
		return nil, err
	}
	victims := s.consecutive(size-c.hosts, c.hosts)
	clients, err := s.traffic(c, victims)
	if err != nil {
		return nil, err
	}
	if err := s.sleep(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	if err := s.injectAll(c.fault, victims...); err != nil {
		return nil, err
	}
	// Hosts dial every second. The cut ends at a random time between two dials.
	if err := s.sleep(ctx, c.lasts+rand.N(time.Second)); err != nil {
		return nil, err
	}
	return c.heal(ctx, s, victims, clients)
}

// heal ends the cut, and measures the time until all logs have what was acknowledged before.
func (c cut) heal(ctx context.Context, s *stage, victims []int, clients []*feed) ([]figure, error) {
	logs := newFollowers(s.Dirs())
	var all []string
	for _, f := range clients {
		all = append(all, f.acknowledged()...)
	}
	if logs.have(all) {
		return nil, errors.New("no host lacks a message, so the case shows nothing")
	}
	healed := time.Now()
	for _, i := range victims {
		if err := c.fault.heal(s, i); err != nil {
			return nil, err
		}
	}
	there, err := s.within(ctx, s.limit, func() bool { return logs.have(all) })
	if err != nil {
		return nil, err
	}
	took := time.Since(healed)
	wrong, err := s.end(ctx, clients, logs)
	return s.one(took, !there, barHeal, wrong), err
}

// traffic starts the clients: one at the first host, and with origin one at each host that is cut
// off.
func (s *stage) traffic(c cut, victims []int) (all []*feed, err error) {
	at := map[int]netns.Place{0: s.net.Clients}
	for _, i := range victims {
		if c.origin {
			at[i] = s.net.Hosts[i]
		}
	}
	for i, place := range at {
		f, err := s.startFeed(place, "from."+s.Name(i), 50, "-s", s.Name(i))
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// end ends the clients, and returns what is wrong: with them, or with logs that do not become equal
// or have a message twice.
func (s *stage) end(ctx context.Context, clients []*feed, logs *followers) (string, error) {
	var faults []string
	var all []string
	for _, f := range clients {
		f.stopFeeding()
		wrong, err := s.finish(ctx, f.client)
		if err != nil {
			return "", err
		}
		faults = append(faults, wrong)
		all = append(all, f.acknowledged()...)
	}
	if same, err := s.within(ctx, s.limit, func() bool { return logs.have(all) && logs.equal() }); err != nil {
		return "", err
	} else if !same {
		faults = append(faults, "the logs do not become the same")
	}
	return join(append(faults, logs.doubled())...), nil
}
