package ringtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Fault is a fault that was injected, or that stands.
type Fault struct {
	ring *Ring
	kind string // "panic", "partition" ...
	what string // the whole of it, for people
	when When
	over chan struct{} // closed by Heal

	mu     sync.Mutex
	end    func() // undoes what it did; nil is nothing
	seen   int
	fired  int
	healed bool
}

// Event is a fault that fired.
type Event struct {
	At    time.Duration // since the ring was started
	Kind  string        // "panic", "crash", "power cut", "partition" ...: the beginning of Fault, mostly
	Fault string        // what it is, and whom it hit
}

func (e Event) String() string { return fmt.Sprintf("%12v  %s", e.At, e.Fault) }

// Fired returns how often the fault fired.
func (f *Fault) Fired() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}

// Heal ends the fault. To do so again does nothing. A host that could not write its
// log looks again within some seconds: Await that its Ready is nil before it is sent to.
func (f *Fault) Heal() {
	f.mu.Lock()
	healed, end := f.healed, f.end
	f.healed = true
	f.mu.Unlock()
	if healed {
		return
	}
	close(f.over)
	if end != nil {
		end()
	}
	f.ring.faults.forget(f)
}

func (f *Fault) String() string { return f.what }

// due tells whether the fault takes this chance, and records that it fired. where
// is said only in the record.
func (f *Fault) due(of, where string) bool {
	if f.when.Of != "" && f.when.Of != of {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.healed || f.when.Times > 0 && f.fired >= f.when.Times {
		return false
	}
	f.seen++
	if f.seen <= f.when.Skip || f.when.Chance > 0 && f.ring.faults.chance() >= f.when.Chance {
		return false
	}
	f.fired++
	f.ring.faults.record(f.kind, f.what+where)
	return true
}

// idle tells whether a fault that waited for its chance never had it. One that is
// left to chance may have none.
func (f *Fault) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired == 0 && f.when.Chance == 0
}

// faults are the faults of a ring: those that stand, and the record.
type faults struct {
	mu     sync.Mutex
	rand   func() float64
	began  time.Time
	all    []*Fault // not healed
	armed  []*Fault // that wait, or waited, for their chance
	events []Event  // the newest
	counts map[string]int
}

// maxEvents bounds the record: a ring in chaos for hours must not fill the memory.
const maxEvents = 1 << 16

// fault makes a fault that waits for its chance. Nobody knows of it before it stands.
func (r *Ring) fault(kind string, when When, format string, args ...any) *Fault {
	f := &Fault{ring: r, kind: kind, what: fmt.Sprintf(format, args...), when: when, over: make(chan struct{})}
	if when != (When{}) {
		f.what += " (" + when.String() + ")"
	}
	return f
}

// stand makes a fault known, with what undoes it.
func (f *Fault) stand(end func()) *Fault {
	f.mu.Lock()
	f.end = end
	armed := f.fired == 0
	f.mu.Unlock()
	fs := &f.ring.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all = append(fs.all, f)
	if armed {
		fs.armed = append(fs.armed, f)
	}
	return f
}

// impose makes a fault that has its effect at once.
func (r *Ring) impose(kind string, end func(), format string, args ...any) *Fault {
	f := r.fault(kind, When{}, format, args...)
	f.fired = 1
	r.faults.record(kind, f.what)
	return f.stand(end)
}

// note records a fault that is over as soon as it is done.
func (r *Ring) note(kind, format string, args ...any) {
	r.faults.record(kind, fmt.Sprintf(format, args...))
}

func (fs *faults) record(kind, what string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.counts[kind]++
	fs.events = append(fs.events, Event{At: time.Since(fs.began), Kind: kind, Fault: what})
	if len(fs.events) >= 2*maxEvents {
		fs.events = append(fs.events[:0], fs.events[maxEvents:]...)
	}
}

func (fs *faults) chance() float64 {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.rand()
}

func (fs *faults) forget(f *Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all = slices.DeleteFunc(fs.all, func(other *Fault) bool { return other == f })
}

// standing returns the faults that are not healed.
func (fs *faults) standing() []*Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return slices.Clone(fs.all)
}

// idle returns the faults that waited for their chance, and never had it.
func (fs *faults) idle() []*Fault {
	fs.mu.Lock()
	armed := slices.Clone(fs.armed)
	fs.mu.Unlock()
	return slices.DeleteFunc(armed, func(f *Fault) bool { return !f.idle() })
}

// before returns the last fault that fired before a time.
func (fs *faults) before(at time.Duration) (Event, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, e := range slices.Backward(fs.events) {
		if e.At <= at {
			return e, true
		}
	}
	return Event{}, false
}

// Fired returns the faults that fired, in order; of very many the newest 65,536.
func (r *Ring) Fired() []Event {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	return slices.Clone(r.faults.events[max(0, len(r.faults.events)-maxEvents):])
}

// FiredOf returns how often faults of each kind fired.
func (r *Ring) FiredOf() map[string]int {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	return maps.Clone(r.faults.counts)
}

// Heal heals all faults that stand: whatever is cut, slow, full, hung or silent is
// well again. Hosts that are down stay down, clocks keep their time, and what a
// file has lost stays lost.
func (r *Ring) Heal() {
	for _, f := range r.faults.standing() {
		f.Heal()
	}
}
