package ringtest

import (
	"slices"
	"strings"
	"time"
)

// Partition drops all that is sent between groups of hosts. A group is a list of names separated by
// spaces; all hosts that are in no group are one more. Clients reach all hosts.
//
// Connections survive a partition. TCP retransmits what was written meanwhile as Linux does it:
// 0.2 s after it was lost, and each time after twice as long. So after a partition of a minute a
// connection may be silent for another minute, unless a host closes it. A dial is tried again after
// 1, 3, 7 s and so on.
func (r *Ring) Partition(groups ...string) *Fault {
	r.t.Helper()
	return r.impose("partition", r.separate(r.sides(groups)), "partition %s", strings.Join(groups, " | "))
}

// sides returns the number of the side of each host. It ends the test unless there are two sides at
// least, and each group has a host.
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

// separate drops all that is sent from one side to another.
func (r *Ring) separate(sides []int) (undo func()) {
	var links []*Link
	for _, from := range r.hosts {
		for _, to := range r.hosts {
			if sides[from.index] != sides[to.index] {
				links = append(links, from.To(to))
			}
		}
	}
	return r.drop(links)
}

// Flap makes and heals a partition in turns, each for so long, until the fault is healed.
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
			if undo = func() {}; parted && f.fires("", "") {
				undo = r.separate(sides)
			}
			select {
			case <-time.After(each):
			case <-stop:
				undo()
				return
			}
		}
	}()
	return f.activate(func() { close(stop); <-done })
}
