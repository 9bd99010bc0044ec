package marks

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Ledger records which host holds which messages durably. The supervisor owns it, and it
// outlives the actors that use it: an actor that restarts forgets nothing
// (docs/architecture.md, When an actor panics). It is safe for concurrent use.
//
// Its vectors are durable ones: that of this host, and two of each peer. acked is from the
// Acks on the connection that this host dialled, heard is from the KeepAlives on the one
// that the peer dialled. The order of a vector in one and a vector in the other is not
// known, so they are kept apart. What the router has taken and the log has not is not in
// the Ledger, but in the sequencer.
type Ledger struct {
	self int

	peers []peer

	mu         sync.Mutex
	durable    Vector
	acked      []Vector
	answered   []bool   // the peer has sent acked on the present connection
	truncated  []bool   // acked does not have all runs of the peer
	previous   []Vector // acked of the connection before, until the peer sends one on the present connection
	heard      []Vector
	maxUnknown int // the limit on runs in a peer's vector that this host does not hold
	present    present
}

// NewLedger makes the Ledger of host self in a ring of n hosts. It copies durable.
func NewLedger(n, self int, durable *Vector) *Ledger {
	return &Ledger{
		self: self, durable: *durable.Clone(), peers: make([]peer, n),
		acked: make([]Vector, n), answered: make([]bool, n), truncated: make([]bool, n), previous: make([]Vector, n), heard: make([]Vector, n),
		maxUnknown: math.MaxInt / 2, present: present{held: make([]uint64, n), ahead: make([]bool, n)},
	}
}

// LimitRuns limits the marks kept of a peer's vector: beside those of runs that this host
// holds, those of so many others. The default is no limit.
func (l *Ledger) LimitRuns(runs int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.maxUnknown = runs
}

// BeginRun makes run the present run of this host. If there was a claim about the one
// before it, that run is void, and BeginRun returns the claim.
func (l *Ledger) BeginRun(run Run, now time.Time) (claim Claim, void bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.present.begin(run, now)
}

// PresentRun returns the present run of this host and what is durable of it.
func (l *Ledger) PresentRun() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Mark{Run: l.present.run, Seq: l.durable.Seq(l.present.run), First: l.durable.First(l.present.run)}
}

// Sending notes that a link is about to send messages of run up to seq. It has to be called
// before they are sent: otherwise the peer's mark could arrive first, and would look like a
// false claim.
func (l *Ledger) Sending(run Run, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.present.sending(run, seq)
}

// Void reports whether the present run is void because of a peer's claim.
func (l *Ledger) Void() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.present.void
}

// Logged raises the durable marks of this host to the given ones.
func (l *Ledger) Logged(runs []Mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range runs {
		l.durable.Merge(m)
	}
}

// Reset replaces the durable vector of this host by a copy of durable. It may be lower than
// before, if the disk has lost something.
func (l *Ledger) Reset(durable *Vector) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.durable = *durable.Clone()
}

// Forgettable returns the runs of which no host of the ring holds a line. All peers must be
// connected to say so: while one is away there are none.
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

// vectors returns a copy of the durable vector and the vectors of the peers' Acks. acked is
// nil if the vector of one of them is missing or truncated.
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

// HasMark reports whether peer has a mark for run in its last Ack.
func (l *Ledger) HasMark(peer int, run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].Seq(run) > 0
}

// Disconnected notes that the connection to peer has ended. The vector that it sent last
// still counts for copies, but not for Forgettable and Denies.
func (l *Ledger) Disconnected(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[peer] = false
}

// Forget removes runs from the durable vector of this host.
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

// DurableMarks appends the durable marks of this host for runs to dst. That of a run that it does
// not hold has Seq 0.
func (l *Ledger) DurableMarks(dst []Mark, runs []Run) []Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, run := range runs {
		m := Mark{Run: run, Seq: l.durable.Seq(run)}
		if m.Seq > 0 {
			m.First = l.durable.First(run)
		}
		dst = append(dst, m)
	}
	return dst
}

// DurableVector returns a copy of the durable vector of this host.
func (l *Ledger) DurableVector() *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.Clone()
}

// Holders returns how many hosts hold message seq of run durably, this host included, and
// the peers that do not, by index. It counts a set of hosts by their own marks. A sum along
// the tree would count a host twice when links change. The mark of a peer that claims more
// of our present run than it can hold does not count, nor does a mark without a line: the
// peer has refused the run.
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
