package ringtest

import (
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/faultnet"
)

// Partition lets nothing pass between groups of hosts, each given as names with
// spaces between. All hosts that are in none are one more group. Clients reach all.
func (r *Ring) Partition(groups ...string) *Fault {
	r.t.Helper()
	return r.impose("partition", r.part(r.sides(groups)), "partition %s", strings.Join(groups, " | "))
}

// sides gives each host the number of its side; there must be two at least.
func (r *Ring) sides(groups []string) []int {
	r.t.Helper()
	sides := make([]int, len(r.hosts))
	for i, group := range groups {
		for _, h := range r.Hosts(group) {
			if sides[h.index] > 0 {
				r.t.Fatalf("ringtest: %s is in two groups of a partition", h.name)
			}
			sides[h.index] = i + 1
		}
	}
	if slices.Max(sides) == slices.Min(sides) {
		r.t.Fatalf("ringtest: a partition into %q parts nobody", groups)
	}
	return sides
}

func (r *Ring) part(sides []int) (undo func()) {
	var undos []func()
	for _, from := range r.hosts {
		for _, to := range r.hosts {
			if sides[from.index] != sides[to.index] {
				undos = append(undos, r.net.set(from.To(to).route, faultnet.Condition{Drop: true}))
			}
		}
	}
	return func() {
		for _, undo := range undos {
			undo()
		}
	}
}

// Flap makes and heals a partition again and again, each for so long, until the
// fault is healed.
func (r *Ring) Flap(each time.Duration, groups ...string) *Fault {
	r.t.Helper()
	sides := r.sides(groups)
	stop, done := make(chan struct{}), make(chan struct{})
	f := r.fault("flapping", When{}, "flapping every %v, %s", each, strings.Join(groups, " | "))
	go func() {
		defer close(done)
		undo := func() {}
		for parted := true; ; parted = !parted {
			undo()
			if undo = func() {}; parted && f.due("", "") {
				undo = r.part(sides)
			}
			select {
			case <-time.After(each):
			case <-stop:
				undo()
				return
			}
		}
	}()
	return f.stand(func() { close(stop); <-done })
}
