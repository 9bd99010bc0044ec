package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// What of numbers can be believed, whoever says it: none is so large that one that is
// computed from it can overflow.

// errSeq ends a connection: a row of messages goes on beyond the largest number.
const errSeq violation = "seq is over 2^48-1"

// errForged ends a connection: a message is of our present run, with a number that we
// have not given.
const errForged violation = "a message that claims to be ours and is not"

// believe tells what a peer's rows have that cannot be true.
func (r *Router) believe(rows []row.Row) error {
	own := r.present()
	for i := range rows {
		switch came := &rows[i]; {
		case came.Last() > record.MaxSeq: // only the first of a row was checked
			return errSeq
		case came.Run == own && came.Last() > r.seq:
			return errForged
		}
	}
	return nil
}

// possible tells whether a host can have a mark.
func possible(m *pzog.Mark) bool {
	return record.ValidRun(m.Origin, m.Boot) && m.Seq <= record.MaxSeq && m.First <= record.MaxSeq+1
}

// makeRoom begins a new run if our present one has too few numbers left for a batch.
func (r *Router) makeRoom(ctx actor.Context, b *messages.Batch) {
	if r.seq+uint64(row.Count(b.Rows)) > record.MaxSeq {
		r.begin(ctx)
	}
}

// mayBridge tells whether a row from peer may be taken although others before it are
// missing. An origin that does not reach us, and answers on our own connection to it, can
// still say that it has not come so far.
func (r *Router) mayBridge(peer int, came *row.Row) bool {
	if !r.repairs.Bridge(peer, came.Run, came.Seq, &r.taken, time.Now()) {
		return false
	}
	origin, known := r.node.Ring().Index(came.Origin)
	return !known || !r.node.Ledger.Denies(origin, came.Run, came.Seq)
}
