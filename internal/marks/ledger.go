package marks

import (
	"math"
	"slices"
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

	peers []peer

	mu         sync.Mutex
	durable    Vector
	acked      []Vector
	answered   []bool   // whether acked is a word of the peer's present connection
	truncated  []bool   // acked is not all
	previous   []Vector // acked of the connection before, until there is a word on the present one
	heard      []Vector
	maxUnknown int // for runs in a peer's word that this host does not hold
	present    present
}

// NewLedger makes the ledger of host self in a ring of n hosts. It starts with
// durable, which it copies.
func NewLedger(n, self int, durable *Vector) *Ledger {
	return &Ledger{
		self: self, durable: *durable.Clone(), peers: make([]peer, n),
		acked: make([]Vector, n), answered: make([]bool, n), truncated: make([]bool, n), previous: make([]Vector, n), heard: make([]Vector, n),
		maxUnknown: math.MaxInt / 2, present: present{held: make([]uint64, n), ahead: make([]bool, n)},
	}
}

// LimitRuns sets of how many runs that this host does not hold marks are kept in what a peer
// says. Without it there is no limit.
func (l *Ledger) LimitRuns(runs int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.maxUnknown = runs
}

// BeginRun makes run this host's present one. If there was a claim about the one before it,
// that run is void, and Begin returns the claim.
func (l *Ledger) BeginRun(run Run, now time.Time) (claim Claim, void bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.present.begin(run, now)
}

// PresentRun returns this host's present run, with the last message of it that is durable.
func (l *Ledger) PresentRun() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Mark{Run: l.present.run, Seq: l.durable.Seq(l.present.run), First: l.durable.First(l.present.run)}
}

// Sending notes that a link is about to send messages of run up to seq. It is called
// before they are sent: a peer's mark must not be there first.
func (l *Ledger) Sending(run Run, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.present.sending(run, seq)
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
func (l *Ledger) Reset(durable *Vector) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.durable = *durable.Clone()
}

// Forgettable returns the runs of which no host of the ring holds a line. It
// takes the word of all of them for it: while one is away there are none.
func (l *Ledger) Forgettable() []Run {
	durable, acked := l.vectors()
	var runs []Run
	for m := range durable.All() {
		holds := func(t *Vector) bool { return t.lastHeld(m.Run) > 0 }
		if acked != nil && m.First > m.Seq && !slices.ContainsFunc(acked, holds) {
			runs = append(runs, m.Run)
		}
	}
	return runs
}

// vectors returns what is durable here, and what each peer holds by its answers: nil if
// one of them has not said all that it holds.
func (l *Ledger) vectors() (durable *Vector, acked []*Vector) {
	l.mu.Lock()
	defer l.mu.Unlock()
	acked = make([]*Vector, 0, len(l.acked))
	for peer := range l.acked {
		if peer == l.self {
			continue
		}
		if !l.answered[peer] || l.truncated[peer] {
			return l.durable.Clone(), nil
		}
		acked = append(acked, l.acked[peer].Clone())
	}
	return l.durable.Clone(), acked
}

// HasMark tells whether peer, by its last answer, has a mark for run.
func (l *Ledger) HasMark(peer int, run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].Seq(run) > 0
}

// Disconnected notes that the connection to peer has ended. What it answered last
// still counts for copies, but not as its word of now.
func (l *Ledger) Disconnected(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[peer] = false
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

// DurableVector returns a copy of this host's durable marks.
func (l *Ledger) DurableVector() *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.Clone()
}

// Holders counts the hosts whose durable mark covers message seq of run: this
// one, and peers by their answers. It is a set of hosts, never a sum along the
// tree, which would count twice when links change (DESIGN 6). The word of a peer that
// claims more of our present run than it can hold does not count, nor that of one that
// holds no line of it, as it takes no more runs (wantList).
func (l *Ledger) Holders(run Run, seq uint64) (holders int, lacking []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.durable.Seq(run) >= seq {
		holders++
	}
	for peer := range l.acked {
		switch {
		case peer == l.self:
		case l.acked[peer].lastHeld(run) >= seq && l.present.counts(peer, run):
			holders++
		default:
			lacking = append(lacking, peer)
		}
	}
	return holders, lacking
}
