package client

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// roster decides which hosts to try, and in which order. It counts hosts as
// they are listed, from 0.
type roster struct {
	order  Order
	rand   *rand.Rand
	turn   int // whose turn it is, in RoundRobin
	states []hostState
}

// silentRest is how long a host rests at least that was silent.
const silentRest = 10 * time.Second

// hostState is how a host did of late.
type hostState struct {
	rests   time.Time // until then; zero if it is not known to be down
	backoff backoff.ExponentialBackOff
}

func newRoster(cfg *Config) *roster {
	r := &roster{order: cfg.Order, rand: rand.New(cfg.Rand), states: make([]hostState, len(cfg.Hosts))}
	for i := range r.states {
		r.states[i].backoff = backoff.ExponentialBackOff{
			InitialInterval:     cfg.Retry.Initial,
			MaxInterval:         cfg.Retry.Max,
			RandomizationFactor: backoff.DefaultRandomizationFactor,
			Multiplier:          2,
		}
	}
	return r
}

// candidates returns all hosts, best first: in the order that is asked for, but
// those that rest behind the others, by when they will have rested. It takes
// the first one's turn, so that callers at once get different ones.
func (r *roster) candidates(now time.Time) []int {
	hosts := make([]int, len(r.states))
	for i := range hosts {
		hosts[i] = (r.turn + i) % len(hosts)
	}
	if r.order == Random {
		r.rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	}
	slices.SortStableFunc(hosts, func(a, b int) int {
		return cmp.Compare(r.pause(a, now), r.pause(b, now))
	})
	r.use(hosts[0])
	return hosts
}

// pause is for how long host i still rests, 0 if it does not.
func (r *roster) pause(i int, now time.Time) time.Duration {
	return max(0, r.states[i].rests.Sub(now))
}

// use ends host i's turn.
func (r *roster) use(i int) {
	if r.order == RoundRobin {
		r.turn = (i + 1) % len(r.states)
	}
}

// failed lets host i rest, longer each time until it answers again.
func (r *roster) failed(i int, now time.Time) {
	s := &r.states[i]
	// The library's jitter goes over its own maximum.
	s.rests = now.Add(min(s.backoff.NextBackOff(), s.backoff.MaxInterval))
}

// silenced lets host i rest, and for longer at first: to find out that a host is
// silent still costs a caller more than to be refused.
func (r *roster) silenced(i int, now time.Time) {
	r.failed(i, now)
	s := &r.states[i]
	if least := now.Add(min(silentRest, s.backoff.MaxInterval)); s.rests.Before(least) {
		s.rests = least
	}
}

// answered notes that host i is well.
func (r *roster) answered(i int) {
	r.states[i].rests = time.Time{}
	r.states[i].backoff.Reset()
}
