package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// The part of the router for void runs: a peer claims to have messages of our present run that
// were given to nobody (marks.Claim). Either this machine was put back to an earlier state with
// its memory, and gives out seqs for the second time, or the peer lies.

// voidRun makes run the present one. If the run before it is void, it returns the messages of
// that run which perhaps no other host has: peers may have dropped them as duplicates of other
// texts. The sequencer forgets them, so that clients may send them again.
func (r *router) voidRun(run marks.Run) (unsure []row.Row) {
	claim, void := r.node.ledger.BeginRun(run, time.Now())
	if !void {
		return nil
	}
	unsure = r.window.After(claim.Run, claim.Confirmed)
	r.sequencer.Void(claim.Run, claim.Confirmed)
	r.node.Counts.Voided.Add(1)
	r.node.Log.WithField("peer", r.node.hostName(claim.Peer)).Errorf(
		"the peer says that it holds messages up to %d of our run %s, of which it was given %d: "+
			"either this machine was put back to an earlier state while zog ran, as by a snapshot of a virtual machine, "+
			"or the peer lies. A new run begins, and %d messages are taken again in it. "+
			"See docs/operations.md, A machine that was put back",
		claim.Claimed, claim.Run.Name(), claim.Sent, row.Count(unsure))
	return unsure
}

// retake takes messages of a void run again, as messages of the present run. So every host gets
// them, and hosts that have them already have them twice.
func (r *router) retake(ctx actor.Context, rows []row.Row) {
	if len(rows) == 0 || r.node.storage.err() != nil {
		return
	}
	r.passOn(ctx, &messages.Retaken{Entry: messages.Entry{Source: ctx.Self(), Rows: r.sequencer.Renumber(rows, time.Now())}})
}
