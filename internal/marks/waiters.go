package marks

import (
	"cmp"
	"container/heap"
	"iter"
	"maps"
	"slices"
)

// Condition is what a waiter waits for: Copies hosts hold message Seq of the run durably.
// With Copies 0, this host holds it durably.
type Condition struct {
	Run
	Seq    uint64
	Copies int
}

// Waiters is the set of those who wait for a Condition, one each. For each run and number
// of copies it has a queue in the order of Seq, so those whose condition is met are found
// without a look at the others. The zero value is empty and ready for use. It is not safe
// for concurrent use.
type Waiters[W comparable] struct {
	waiters map[W]*waiter[W]
	runs    map[Run]*runQueues[W]
}

// waiter is an entry of a queue. at is its index there.
type waiter[W comparable] struct {
	who       W
	condition Condition
	at        int
}

// runQueues has the waiters for one run: queues[n] those who wait for n copies.
type runQueues[W comparable] struct {
	queues []queue[W]
	count  int
}

// Set makes who wait for a condition, in place of any other.
func (x *Waiters[W]) Set(who W, c Condition) {
	x.Remove(who)
	if x.waiters == nil {
		x.waiters, x.runs = make(map[W]*waiter[W]), make(map[Run]*runQueues[W])
	}
	a := x.runs[c.Run]
	if a == nil {
		a = new(runQueues[W])
		x.runs[c.Run] = a
	}
	if more := c.Copies + 1 - len(a.queues); more > 0 {
		a.queues = append(a.queues, make([]queue[W], more)...)
	}
	w := &waiter[W]{who: who, condition: c}
	x.waiters[who] = w
	a.count++
	heap.Push(&a.queues[c.Copies], w)
}

// Remove removes who, if it waits.
func (x *Waiters[W]) Remove(who W) {
	if w := x.waiters[who]; w != nil {
		x.remove(w)
	}
}

func (x *Waiters[W]) remove(w *waiter[W]) {
	a := x.runs[w.condition.Run]
	heap.Remove(&a.queues[w.condition.Copies], w.at)
	delete(x.waiters, w.who)
	if a.count--; a.count == 0 {
		delete(x.runs, w.condition.Run)
	}
}

// Empty reports whether nobody waits.
func (x *Waiters[W]) Empty() bool { return len(x.waiters) == 0 }

// Awaits reports whether anybody waits for run.
func (x *Waiters[W]) Awaits(run Run) bool { return x.runs[run] != nil }

// Runs returns the runs that anybody waits for.
func (x *Waiters[W]) Runs() []Run { return slices.Collect(maps.Keys(x.runs)) }

// Met removes and yields those whose condition on run is met. reached[n] is the last
// message of the run that n hosts hold, and reached[0] the last one that this host holds.
func (x *Waiters[W]) Met(run Run, reached []uint64) iter.Seq[W] {
	return func(yield func(W) bool) {
		a := x.runs[run]
		if a == nil {
			return
		}
		for copies, seq := range reached[:min(len(reached), len(a.queues))] {
			for q := &a.queues[copies]; len(*q) > 0 && (*q)[0].condition.Seq <= seq; {
				w := (*q)[0]
				x.remove(w)
				if !yield(w.who) {
					return
				}
			}
		}
	}
}

// queue is a heap with the lowest Seq first.
type queue[W comparable] []*waiter[W]

func (q queue[W]) Len() int           { return len(q) }
func (q queue[W]) Less(i, j int) bool { return q[i].condition.Seq < q[j].condition.Seq }

func (q queue[W]) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

// Push implements heap.Interface.
func (q *queue[W]) Push(w any) {
	entry := w.(*waiter[W])
	entry.at = len(*q)
	*q = append(*q, entry)
}

// Pop implements heap.Interface.
func (q *queue[W]) Pop() any {
	last := len(*q) - 1
	w := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return w
}

// Reached appends to dst what Waiters.Met needs: the last message of run that this host
// holds durably, and then, for each n from 1 to the number of hosts, the last message that
// n hosts hold. Holders counts in the same way.
func (l *Ledger) Reached(run Run, dst []uint64) []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.durable.Seq(run)
	dst = append(dst, own, own)
	held := dst[len(dst)-1:]
	for peer := range l.acked {
		if peer == l.self {
			continue
		}
		seq := uint64(0)
		if l.present.counts(peer, run) {
			seq = l.acked[peer].lastHeld(run)
		}
		held = append(held, seq)
	}
	slices.SortFunc(held, func(a, b uint64) int { return cmp.Compare(b, a) })
	return append(dst[:len(dst)-1], held...)
}
