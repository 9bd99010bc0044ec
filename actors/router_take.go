package actors

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// take takes a batch. While the log cannot be written, it takes nothing: a client is refused. A
// peer's connection is closed, and the peer dials again when the host is ready.
func (r *router) take(ctx actor.Context, batch messages.Batch) {
	failure := r.node.storage.err()
	switch b := batch.(type) {
	case *messages.ClientBatch:
		if failure != nil {
			ctx.Send(b.Source, &messages.Refuse{Batch: b, Reason: pzog.Refusal_STORAGE, Detail: storageDetail(failure)})
			return
		}
		r.takeFromClient(ctx, b)
	case *messages.PeerBatch:
		if failure != nil {
			ctx.Send(b.Source, &messages.Abandon{Reason: errStorage})
			return
		}
		r.takeFromPeer(ctx, b)
	}
}

// takeFromClient takes a client's batch. If our present run has too few seqs left for it, a new
// run begins.
func (r *router) takeFromClient(ctx actor.Context, b *messages.ClientBatch) {
	if !r.sequencer.HasRoom(row.Count(b.Rows)) {
		r.beginRun(ctx)
	}
	d := r.sequencer.FromClient(b.Source.Id, b.Rows, time.Now(), r.node.Now().Unix())
	r.node.Counts.Resent.Add(uint64(d.Resent))
	r.awaitCopies(d.Rows, b.MinCopies)
	b.Rows = nil // releases the memory of those that are not taken
	if len(d.Refused) > 0 {
		b.Refused = append(b.Refused, d.Refused...)
		slices.SortStableFunc(b.Refused, func(x, y sequencer.Refused) int { return cmp.Compare(x.ID, y.ID) })
	}
	r.passOn(ctx, &messages.ClientTaken{Entry: messages.Entry{Source: b.Source, Rows: d.Rows}, Batch: b, Duplicates: d.Held})
}

// awaitCopies notes on rows that a client waits for copies of them, so that all hosts acknowledge
// them at once. Nobody else has the rows yet.
func (r *router) awaitCopies(rows []row.Row, copies int) {
	if copies <= 1 {
		return
	}
	for i := range rows {
		rows[i].MinCopies = uint32(min(copies, len(r.node.Ring().Hosts)))
	}
}

// takeFromPeer takes a peer's batch. The connection is closed if the peer sends what it must not.
func (r *router) takeFromPeer(ctx actor.Context, b *messages.PeerBatch) {
	d, err := r.sequencer.FromPeer(b.Peer, b.FirstID, b.Rows, time.Now())
	if err != nil {
		ctx.Send(b.Source, &messages.Abandon{Reason: violation(err.Error())})
		return
	}
	r.reportDecision(b.Peer, &d)
	if d.AskRepair {
		ctx.Send(b.Source, &messages.AskRepair{})
	}
	b.Rows = nil
	taken := &messages.PeerTaken{Entry: messages.Entry{Source: b.Source, Rows: d.Rows}, Batch: b, Duplicates: d.Held, Gap: d.Gap}
	for _, hole := range d.Holes {
		taken.Holes = append(taken.Holes, hole.Mark())
	}
	r.passOn(ctx, taken)
}

// passOn gives to the links what was taken, and then to the log.
func (r *router) passOn(ctx actor.Context, taken messages.Taken) {
	e := taken.Common()
	e.Begins = r.window.End()
	e.Position = r.window.Add(e.Rows)
	r.node.position.Store(e.Position)
	r.window.Trim(r.node.journal.Logged(), windowLimit(r.node.accepted.clients.len()))
	r.forwardToWaiting(ctx, e.Rows, e.Begins)
	ctx.Send(r.node.AccessLog(), &messages.Append{Batch: taken})
}

// errNewRun closes all accepted connections when a run begins.
var errNewRun = errors.New("the host has begun a new run")

const (
	// conflictPause is the time between two lines about different texts.
	conflictPause = time.Minute
	// surplusPause is the time between two lines about runs that are not taken.
	surplusPause = time.Minute
)

// reportDecision counts what was decided about a peer's batch, and logs what an operator should
// know.
func (r *router) reportDecision(peer int, d *sequencer.PeerDecision) {
	counts := &r.node.Counts
	counts.Duplicates.Add(uint64(d.Duplicates))
	counts.Conflicts.Add(uint64(d.Conflicts))
	counts.Unwanted.Add(uint64(d.Unwanted))
	counts.BehindGap.Add(uint64(d.BehindGap))
	for _, hole := range d.Holes {
		r.node.peerLog.logf(peer, logrus.WarnLevel, "nobody has messages %d to %d of run %s any more: the log goes on behind them",
			hole.First, hole.Last, hole.Run.Name())
	}
	if d.Conflicts > 0 {
		r.logLimited(peer, &r.conflictLog, conflictPause, logrus.ErrorLevel,
			"has another text than this host for message %s.%d: a host was rolled back, or sent what it should not; "+
				"the logs differ there (conflicts so far: %d)", d.Conflict.Name(), d.Conflict.Seq, counts.Conflicts.Load())
	}
	if d.Surplus.Boot != 0 {
		r.logLimited(peer, &r.surplusLog, surplusPause, logrus.WarnLevel,
			"brings messages of run %s, and this host takes no more runs of that origin from it for now: "+
				"see limits.runs in docs/operations.md", d.Surplus.Name())
	}
}

// logLimited logs a line about a peer, at most one within the pause.
func (r *router) logLimited(peer int, limit *ratelimit.Allowance, pause time.Duration, level logrus.Level, format string, args ...any) {
	if _, ok := limit.Take(time.Now(), 1, pause); ok {
		r.node.Log.WithField("peer", r.node.hostName(peer)).Logf(level, format, args...)
	}
}
