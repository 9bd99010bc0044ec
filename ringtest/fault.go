package ringtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Fault is an injected fault. It is active until Heal.
type Fault struct {
	ring *Ring
	kind string // "panic", "partition" ...
	what string // a description, for people
	when When
	over chan struct{} // closed by Heal

	mu     sync.Mutex
	undo   func() // may be nil
	seen   int    // matching events
	fired  int
	healed bool
}

// Event is a fault that fired.
type Event struct {
	At    time.Duration // since the ring was started
	Kind  string        // "panic", "crash", "power cut", "partition" ...
	Fault string        // the fault and what it hit
}

func (e Event) String() string { return fmt.Sprintf("%12v  %s", e.At, e.Fault) }

// Fired returns how often the fault fired.
func (f *Fault) Fired() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}

// Heal ends the fault. A second call does nothing. A host that could not write its log tries again
// within some seconds: before you send to it, Await that its Ready returns nil.
func (f *Fault) Heal() {
	f.mu.Lock()
	healed, undo := f.healed, f.undo
	f.healed = true
	f.mu.Unlock()
	if healed {
		return
	}
	close(f.over)
	if undo != nil {
		undo()
	}
	f.ring.faults.remove(f)
}

func (f *Fault) String() string { return f.what }

// fires says whether the fault fires at an event of a type, and records it if so. where is appended
// to the description in the record.
func (f *Fault) fires(of, where string) bool {
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

// unfired says whether the fault should have fired and has not. A fault with a probability may
// never fire.
func (f *Fault) unfired() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired == 0 && f.when.Chance == 0
}

// faults holds the active faults of a ring, and the record of what fired.
type faults struct {
	mu          sync.Mutex
	rand        func() float64
	began       time.Time
	active      []*Fault
	conditional []*Fault // all that fire at events, healed or not
	events      []Event  // the newest
	counts      map[string]int
}

// maxEvents bounds the record, for rings that run for hours.
const maxEvents = 1 << 16

// fault makes a fault that fires at events. It has no effect before activate.
func (r *Ring) fault(kind string, when When, format string, args ...any) *Fault {
	f := &Fault{ring: r, kind: kind, what: fmt.Sprintf(format, args...), when: when, over: make(chan struct{})}
	if when != (When{}) {
		f.what += " (" + when.String() + ")"
	}
	return f
}

// activate adds a fault to the active ones. Heal calls undo.
func (f *Fault) activate(undo func()) *Fault {
	f.mu.Lock()
	f.undo = undo
	conditional := f.fired == 0
	f.mu.Unlock()
	fs := &f.ring.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = append(fs.active, f)
	if conditional {
		fs.conditional = append(fs.conditional, f)
	}
	return f
}

// impose makes a fault that has its effect at once.
func (r *Ring) impose(kind string, undo func(), format string, args ...any) *Fault {
	f := r.fault(kind, When{}, format, args...)
	f.fired = 1
	r.faults.record(kind, f.what)
	return f.activate(undo)
}

// record records a fault that has no duration, such as a crash.
func (r *Ring) record(kind, format string, args ...any) {
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

func (fs *faults) remove(f *Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = slices.DeleteFunc(fs.active, func(other *Fault) bool { return other == f })
}

// all returns the active faults.
func (fs *faults) all() []*Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return slices.Clone(fs.active)
}

// unfired returns the faults that should have fired and never did.
func (fs *faults) unfired() []*Fault {
	fs.mu.Lock()
	all := slices.Clone(fs.conditional)
	fs.mu.Unlock()
	return slices.DeleteFunc(all, func(f *Fault) bool { return !f.unfired() })
}

// before returns the last fault that fired at or before a time.
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

// Fired returns what fired, in order: the newest 65,536 events.
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

// Heal heals all active faults. Hosts that are down stay down, clocks keep their offset, and what
// a file has lost stays lost.
func (r *Ring) Heal() {
	for _, f := range r.faults.all() {
		f.Heal()
	}
}
