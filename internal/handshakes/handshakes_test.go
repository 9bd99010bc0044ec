package handshakes

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var (
	start  = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	limits = Limits{All: 200, PerAddress: 20}
)

func network(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, byte(n >> 8), byte(n)}), 32)
}

// port is a queue, and what went on from each address.
type port struct {
	Queue
	now  time.Time
	from map[*Waiter]int
	went map[int]int
}

func newPort() *port { return &port{now: start, from: map[*Waiter]int{}, went: map[int]int{}} }

func (p *port) ask(n int, expected bool) (w *Waiter, atOnce bool) {
	w = new(Waiter)
	p.from[w] = n
	if !p.Ask(w, network(n), expected, limits, p.now) {
		return w, false
	}
	p.went[n]++
	return w, true
}

// pass lets time pass, to the next turn each time.
func (p *port) pass(d time.Duration) {
	for end := p.now.Add(d); ; {
		w, again := p.Next(limits, p.now)
		switch {
		case w != nil:
			p.went[p.from[w]]++
			continue
		case again.IsZero() || again.After(end):
			p.now = end
			return
		case !again.After(p.now):
			panic("it is to be asked again at once")
		}
		p.now = again
	}
}

func (p *port) all() (n int) {
	for _, k := range p.went {
		n += k
	}
	return n
}

// Whoever asks how often: there are no more in a second than may be.
func TestRates(t *testing.T) {
	for _, tt := range []struct{ addresses, asks, want, most int }{
		{1, 5000, 40, 40}, {5, 5000, 200, 205}, {250, 5000, 210, 215}, {5000, 5000, 210, 215}, {10, 5, 5, 5},
	} {
		t.Run(fmt.Sprint(tt.addresses), func(t *testing.T) {
			p := newPort()
			for n := range tt.asks {
				p.ask(n%tt.addresses, false)
			}
			if p.pass(time.Second); p.all() < tt.want-1 || p.all() > tt.most {
				t.Errorf("%d went on in a second, want %d", p.all(), tt.want)
			}
		})
	}
}

// Strangers at many addresses do not delay who is known or expected, nor for long who comes from an
// address of its own.
func TestWhoIsKnownGoesFirst(t *testing.T) {
	p := newPort()
	p.LetIn(network(1000))
	for range 20 {
		for n := range 250 {
			p.ask(n, false)
		}
	}
	p.pass(500 * time.Millisecond)
	p.ask(1000, false)
	p.ask(1001, true)
	p.pass(10 * time.Millisecond)
	if p.went[1000] != 1 || p.went[1001] != 1 {
		t.Errorf("of those who are known %d and %d went on", p.went[1000], p.went[1001])
	}
	p.ask(1002, false)
	p.pass(1250 * time.Millisecond)
	if p.went[1002] != 1 {
		t.Error("a newcomer does not go on in a round of all addresses")
	}
	for n := range 1000 {
		p.ask(1000, false)
		p.ask(n%250, false)
	}
	p.went = map[int]int{}
	p.pass(time.Second)
	if p.went[1000] > 40 || p.all() < 195 {
		t.Errorf("an address that is known has %d of %d", p.went[1000], p.all())
	}
}

// Addresses that wait go on equally often.
func TestAddressesGoInTurn(t *testing.T) {
	p := newPort()
	for range 500 {
		p.ask(0, false)
	}
	for n := range 20 {
		for range 50 {
			p.ask(n, false)
		}
	}
	p.pass(time.Second)
	for n := range 20 {
		if p.went[n] < 8 || p.went[n] > 20 {
			t.Errorf("address %d went on %d times", n, p.went[n])
		}
	}
}

// Who leaves takes no turn, and what is remembered is bounded.
func TestLeaving(t *testing.T) {
	p := newPort()
	var all []*Waiter
	for n := range 3 * maxSources {
		w, _ := p.ask(n, false)
		all = append(all, w)
		p.LetIn(network(n))
	}
	for _, w := range all {
		p.Leave(w)
	}
	w, again := p.Next(limits, p.now.Add(time.Hour))
	if w != nil || !again.IsZero() {
		t.Error("somebody waits")
	}
	if p.ask(3*maxSources, false); len(p.sources) > maxSources+1 || len(p.recent)+len(p.older) > 2*maxSources {
		t.Errorf("%d addresses, and %d known ones, are remembered", len(p.sources), len(p.recent)+len(p.older))
	}
}
