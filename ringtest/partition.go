package ringtest

import (
	"slices"
	"strings"
	"time"
)

// Partition lets nothing pass between groups of hosts, each given as names with
// spaces between. All hosts that are in none are one more group. Clients reach all.
//
// Connections survive it. What was written to them meanwhile is sent again as Linux does
// it: 0.2 s after it was lost, then after twice as long each time. So after a partition of
// a minute they may say nothing for another, unless a host gives them up before; a dial is
// tried again after 1, 3, 7 s and so on.
func (r *Ring) Partition(groups ...string) *Fault {
	r.t.Helper()
	return r.impose("partition", r.part(r.sides(groups)), "partition %s", strings.Join(groups, " | "))
}

// sides gives each host the number of its side; there must be two at least, and each
// group has a host.
func (r *Ring) sides(groups []string) []int {
	r.t.Helper()
	sides := make([]int, len(r.hosts))
	for i, group := range groups {
		for _, h := range r.Hosts(group) {
			if sides[h.index] > 0 {
				r.fatal("%s is twice in the partition %q; each host is in one group at most", h.name, groups)
			}
			sides[h.index] = i + 1
		}
	}
	if slices.Max(sides) == slices.Min(sides) {
		r.fatal("a partition into %q parts nobody; hosts that are in no group are one more", groups)
	}
	return sides
}

func (r *Ring) part(sides []int) (undo func()) {
	var links []*Link
	for _, from := range r.hosts {
		for _, to := range r.hosts {
			if sides[from.index] != sides[to.index] {
				links = append(links, from.To(to))
			}
		}
	}
	return r.lose(links)
}

// Flap makes and heals a partition again and again, each for so long, until the
// fault is healed.
func (r *Ring) Flap(each time.Duration, groups ...string) *Fault {
	r.t.Helper()
	r.positive("the time of a flap", each)
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
