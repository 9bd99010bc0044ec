package marks

import (
	"sync"
	"time"
)

// Ledger is what a host knows of who has what. It belongs to the supervisor
// and outlives the actors that use it, so that an actor's restart forgets
// nothing (DESIGN 8). It is safe for concurrent use.
//
// Of the two marks a run has, taken (for duplicates and forwarding) is the
// router's own; the Ledger keeps the durable ones: this host's, and each
// peer's by its own word. A peer speaks in two places, and as each place is
// in order by itself only, they are kept apart: Acked is what it answered on
// our connection to it, Heard what it said on its connection to us.
type Ledger struct {
	self int

	mu      sync.Mutex
	durable Table
	acked   []Table
	spoken  []bool // whether acked is a word of the peer's present connection
	heard   []Table
	present present
}

// NewLedger makes the ledger of host self in a ring of n hosts. It starts with
// durable, which it copies.
func NewLedger(n, self int, durable *Table) *Ledger {
	return &Ledger{
		self: self, durable: *durable.Clone(), acked: make([]Table, n), spoken: make([]bool, n), heard: make([]Table, n),
		present: present{held: make([]uint64, n), ahead: make([]bool, n)},
	}
}

// Begin makes run this host's present one. If the one before it was void, it returns
// the claim for which it was.
func (l *Ledger) Begin(run Run, now time.Time) (claim Claim, void bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.present.begin(run, now)
}

// Present returns this host's present run, with the last message of it that is durable.
func (l *Ledger) Present() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Mark{Run: l.present.run, Seq: l.durable.Seq(l.present.run), First: l.durable.First(l.present.run)}
}

// Gave notes that a link is about to send messages of run up to seq. It is called
// before they are sent: a peer's mark must not be there first.
func (l *Ledger) Gave(run Run, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.present.give(run, seq)
}

// Void tells whether the present run is void by a peer's claim.
func (l *Ledger) Void() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.present.void
}

// Logged notes that this host holds its runs durably up to the given marks.
func (l *Ledger) Logged(runs []Mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range runs {
		l.durable.Merge(m)
	}
}

// Reset makes durable, which it copies, all that this host holds: it may be
// less than before, when the disk has lost something.
func (l *Ledger) Reset(durable *Table) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.durable = *durable.Clone()
}

// Forgettable returns the runs of which no host of the ring holds a line. It
// takes the word of all of them for it: while one is away there are none.
func (l *Ledger) Forgettable() []Run {
	l.mu.Lock()
	defer l.mu.Unlock()
	var runs []Run
	for run, r := range l.durable.rows {
		if r.first > r.seq && l.nobodyHolds(run) {
			runs = append(runs, run)
		}
	}
	return runs
}

func (l *Ledger) nobodyHolds(run Run) bool {
	for peer := range l.acked {
		if peer == l.self {
			continue
		}
		if r := l.acked[peer].rows[run]; !l.spoken[peer] || r != nil && r.held(0) {
			return false
		}
	}
	return true
}

// Knows tells whether peer, by its last answer, has a mark for run.
func (l *Ledger) Knows(peer int, run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].rows[run] != nil
}

// Silent notes that the connection to peer has ended. What it answered last
// still counts for copies, but not as its word of now.
func (l *Ledger) Silent(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoken[peer] = false
}

// Forget drops runs from what this host holds.
func (l *Ledger) Forget(runs []Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, run := range runs {
		l.durable.Set(Mark{Run: run})
	}
}

// Durable returns the last message of run that this host holds durably.
func (l *Ledger) Durable(run Run) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.Seq(run)
}

// Snapshot returns a copy of this host's durable marks.
func (l *Ledger) Snapshot() *Table {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.Clone()
}

// Acked notes what peer answered on our connection to it. It is true when the present
// run has become void by that: a new one has to begin.
func (l *Ledger) Acked(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[peer].Apply(vector, delta)
	l.spoken[peer] = true
	return l.present.hear(peer, l.acked[peer].Seq(l.present.run), now)
}

// Unsaid forgets what peer answered: the connection is a new one, on which it
// has not spoken yet.
func (l *Ledger) Unsaid(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[peer], l.spoken[peer] = Table{}, false
}

// AckedBy returns a copy of what peer answered last.
func (l *Ledger) AckedBy(peer int) *Table {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].Clone()
}

// Settled tells whether peer, by its answers, has all the lines that this host
// has.
func (l *Ledger) Settled(peer int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.acked[peer].Lacks(&l.durable)
}

// Heard notes what peer said on its connection to us. It is true when the present run
// has become void by that: a new one has to begin.
func (l *Ledger) Heard(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[peer].Apply(vector, delta)
	return l.present.hear(peer, l.heard[peer].Seq(l.present.run), now)
}

// HeardFrom returns a copy of what peer said last.
func (l *Ledger) HeardFrom(peer int) *Table {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[peer].Clone()
}

// Holders counts the hosts whose durable mark covers message seq of run: this
// one, and peers by their answers. It is a set of hosts, never a sum along the
// tree, which would count twice when links change (DESIGN 6). The word of a peer that
// claims more of our present run than it can hold does not count.
func (l *Ledger) Holders(run Run, seq uint64) (holders int, lacking []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.durable.Seq(run) >= seq {
		holders++
	}
	for peer := range l.acked {
		switch {
		case peer == l.self:
		case l.acked[peer].Seq(run) >= seq && l.present.counts(peer, run):
			holders++
		default:
			lacking = append(lacking, peer)
		}
	}
	return holders, lacking
}
