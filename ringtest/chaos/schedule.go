package chaos

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Schedule says what is to happen to a ring.
type Schedule struct {
	Seed  uint64        // from which it was generated; a player may use it for its own random choices
	Hosts int           // in the ring; they are numbered from 0
	Lasts time.Duration // until the faults are over and the ring has settled
	Steps []Step        // in the order of At
}

// Step is one fault. Its Kind says which of the other fields it uses; the rest
// are zero.
type Step struct {
	At     time.Duration // when it begins, since the start of the schedule
	For    time.Duration // how long it lasts, or waits for an event at most
	Kind   Kind
	Hosts  []int         // a host, a pair (from, to), or one side of a partition
	Of     string        // a type of message, an actor, a kind of frame, or an operation of the disk
	N      int           // a count
	Amount time.Duration // another duration, such as a latency
	Mode   string        // one of those that the kind has
}

// longest is the longest duration in a schedule. It keeps sums from overflowing.
const longest = 10_000 * time.Hour

// most is how many hosts a schedule can be for.
const most = 1000

// End returns when the step is over, since the start of the schedule. The Kind must exist.
func (s Step) End() time.Duration {
	f := byKind[s.Kind]
	if f.holdsClients || s.Kind == Delay { // the last delayed message comes Amount later
		return s.At + s.For + s.Amount
	}
	return s.At + s.For
}

// TakesData says whether the step removes durable data from the disk of its host. See
// [Config.MayBegin].
func (s Step) TakesData() bool {
	f := byKind[s.Kind]
	return f.holdsClients || f.loses != "" && s.Mode == f.loses
}

// Check returns an error for the first step that is not valid: one with a field that its kind does
// not use, with a host that does not exist, out of order, or that ends after the schedule. It does
// not check the names in the field Of.
func (s Schedule) Check() error {
	if s.Hosts < 1 || s.Hosts > most {
		return fmt.Errorf("hosts=%d: not from 1 to %d", s.Hosts, most)
	}
	if s.Lasts < 0 || s.Lasts > longest {
		return fmt.Errorf("lasts=%v: not from 0 to %v", s.Lasts, longest)
	}
	before := time.Duration(0)
	for i, step := range s.Steps {
		if err := s.checkStep(step, before); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		before = step.At
	}
	return nil
}

func (s Schedule) checkStep(step Step, before time.Duration) error {
	f := byKind[step.Kind]
	if f == nil {
		return fmt.Errorf("%q is no kind of fault", step.Kind)
	}
	err := cmp.Or(
		checkRange("at", step.At, before, longest, true),
		f.checkHosts(step.Hosts, s.Hosts),
		f.checkOf(step.Of),
		f.checkN(step.N),
		f.checkAmount(step.Amount),
		checkRange("for", step.For, 1, longest, f.lasts.used()),
		f.checkMode(step.Mode),
	)
	if err == nil && step.End() > s.Lasts {
		err = fmt.Errorf("ends at %v, and the schedule at %v", step.End(), s.Lasts)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", step.Kind, err)
	}
	return nil
}

// checkRange checks a field that must be in a range if it is used, and zero if not.
func checkRange[T ~int | ~int64](name string, value, least, most T, used bool) error {
	switch {
	case !used && value != 0:
		return fmt.Errorf("%s is not used", name)
	case used && value == 0 && name != "at":
		return fmt.Errorf("%s is missing", name)
	case used && (value < least || value > most):
		return fmt.Errorf("%s=%v: not from %v to %v", name, value, least, most)
	}
	return nil
}

// maxN is the highest count in a schedule, the same on every machine.
const maxN = 1<<31 - 1

func (f *form) checkN(n int) error {
	return checkRange("n", n, least(f, maxN), maxN, f.n.used())
}

func (f *form) checkAmount(d time.Duration) error {
	return checkRange("amount", d, least(f, longest), longest, f.amount.used())
}

// least returns the lowest value of a field whose highest value is most.
func least[T ~int | ~int64](f *form, most T) T {
	if f.signed {
		return -most
	}
	return 1
}

func (f *form) checkMode(mode string) error {
	if len(f.modes) == 0 && mode == "" || slices.Contains(f.modes, mode) {
		return nil
	}
	return fmt.Errorf("mode=%s: not one of %q", mode, f.modes)
}

func (f *form) checkOf(of string) error {
	if f.of == noWords {
		if of != "" {
			return errors.New("of is not used")
		}
		return nil
	}
	for _, r := range of {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("of=%q: not printable ASCII without spaces", of)
		}
	}
	if of == "" {
		return errors.New("of is missing")
	}
	return nil
}

func (f *form) checkHosts(hosts []int, ring int) error {
	for i, h := range hosts {
		if h < 0 || h >= ring {
			return fmt.Errorf("host %d: the ring has %d", h, ring)
		}
		if slices.Contains(hosts[:i], h) {
			return fmt.Errorf("host %d is there twice", h)
		}
	}
	switch n := len(hosts); {
	case f.hosts == one && n != 1:
		return fmt.Errorf("%d hosts: one is needed", n)
	case f.hosts == pair && n != 2:
		return fmt.Errorf("%d hosts: from one to another is needed", n)
	case f.hosts == side && (n == 0 || n == ring || !slices.IsSorted(hosts)):
		return fmt.Errorf("hosts %v: not one side of a ring of %d, ascending", hosts, ring)
	}
	return nil
}
