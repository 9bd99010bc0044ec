package client

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// picker decides which hosts to try, and in which order. Hosts are numbered from 0 as they
// are listed in the Config.
type picker struct {
	order  Order
	rand   *rand.Rand
	next   int // the host whose turn it is, for RoundRobin
	states []hostState
}

// minSilentBackoff is the shortest backoff of a host that was silent, if Retry.Max allows.
const minSilentBackoff = 10 * time.Second

// hostState is the backoff of a host.
type hostState struct {
	backoffUntil time.Time // zero if the host is not known to be down
	backoff      backoff.ExponentialBackOff
}

func newPicker(cfg *Config) *picker {
	p := &picker{order: cfg.Order, rand: rand.New(cfg.Rand), states: make([]hostState, len(cfg.Hosts))}
	for i := range p.states {
		p.states[i].backoff = backoff.ExponentialBackOff{
			InitialInterval:     cfg.Retry.Initial,
			MaxInterval:         cfg.Retry.Max,
			RandomizationFactor: backoff.DefaultRandomizationFactor,
			Multiplier:          2,
		}
	}
	return p
}

// candidates returns all hosts, best first: those that do not back off in the configured
// order, then the others by the end of their backoff. It ends the turn of the first one,
// so that concurrent callers get different hosts.
func (p *picker) candidates(now time.Time) []int {
	hosts := make([]int, len(p.states))
	for i := range hosts {
		hosts[i] = (p.next + i) % len(hosts)
	}
	if p.order == Random {
		p.rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	}
	slices.SortStableFunc(hosts, func(a, b int) int {
		return cmp.Compare(p.backoffLeft(a, now), p.backoffLeft(b, now))
	})
	p.advance(hosts[0])
	return hosts
}

// backoffLeft returns how much longer host i backs off, 0 if it does not.
func (p *picker) backoffLeft(i int, now time.Time) time.Duration {
	return max(0, p.states[i].backoffUntil.Sub(now))
}

// advance ends the turn of host i.
func (p *picker) advance(i int) {
	if p.order == RoundRobin {
		p.next = (i + 1) % len(p.states)
	}
}

// failed starts a backoff of host i, longer each time until it answers.
func (p *picker) failed(i int, now time.Time) {
	s := &p.states[i]
	// The library's jitter can exceed its own maximum.
	s.backoffUntil = now.Add(min(s.backoff.NextBackOff(), s.backoff.MaxInterval))
}

// wentSilent starts a longer backoff of host i: a silent host costs a caller more time
// than one that refuses the connection.
func (p *picker) wentSilent(i int, now time.Time) {
	p.failed(i, now)
	s := &p.states[i]
	if least := now.Add(min(minSilentBackoff, s.backoff.MaxInterval)); s.backoffUntil.Before(least) {
		s.backoffUntil = least
	}
}

// answered ends the backoff of host i.
func (p *picker) answered(i int) {
	p.states[i].backoffUntil = time.Time{}
	p.states[i].backoff.Reset()
}
