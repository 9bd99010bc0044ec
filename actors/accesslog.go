package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cenkalti/backoff/v5"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// AccessLog writes access.log. It gathers the batches that wait, writes them
// with one write and one sync, and only then says Logged: an Ok is as good as
// the policy for syncing (DESIGN 6). It is the last to see each message before
// the disk, and lets none in twice and none out of order.
//
// When the disk fails, or the log is not what was written, it takes stock of
// what the disk holds (accesslog_recover.go), and says RolledBack. As long as that fails
// too, the host is not ready: nothing is taken, and it is tried again. Nor is it
// while too little of the disk is free (accesslog_space.go).
type AccessLog struct {
	node      *Node
	journal   *journal.Writer
	idle      func() bool
	restarted bool

	formatter      record.Formatter
	lines          []byte
	position       uint64           // behind the last batch that came
	batches        []messages.Taken // that are whole in lines
	syncTimer      *time.Timer      // to the end of the interval, when a sync is due
	maintainTimer  *time.Timer
	maintained     int
	routerPosition uint64 // where the router was when the log was last looked after
	loggedDoubt    string // about the clock, as it was said last

	unavailable  bool                        // the host is not ready
	lowSpace     bool                        // that is for want of room alone: the log is in order
	spaceLeft    int64                       // bytes that may be written before a look at what is free
	retryBackoff *backoff.ExponentialBackOff // between trials, until something was written again
	retryTimer   *time.Timer                 // to the next trial
	failedBytes  int                         // bytes that could not be written
}

type (
	// syncNow ends the interval of `fsync: interval`.
	syncDue struct{}
	// tend is the alarm for looking after the log.
	maintainDue struct{}
	// tryAgain is the alarm for the next trial of a disk that has failed.
	retryDue struct{}
)

// NewAccessLog returns the props of the access log, which alone writes to the journal. The
// caller closes it.
func NewAccessLog(node *Node, w *journal.Writer) *actor.Props {
	starts := 0
	return node.Props(func(idle func() bool) actor.Actor {
		starts++
		return &AccessLog{node: node, journal: w, idle: idle, restarted: starts > 1}
	})
}

// Receive implements actor.Actor.
func (a *AccessLog) Receive(ctx actor.Context) {
	err := a.receive(ctx)
	// Whatever comes last when nothing waits behind it must not leave lines.
	if err == nil && (a.idle() || len(a.lines) >= writeSize) {
		err = a.flush(ctx)
	}
	if err != nil {
		a.takeStock(ctx, err)
	}
}

func (a *AccessLog) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.maintainTimer = sendAfter(ctx, maintainEvery, &maintainDue{})
		if a.restarted {
			return errRestarted
		}
		a.checkSpace(ctx)
	case *messages.Append:
		return a.appendBatch(ctx, m.Batch)
	case *messages.Reopen:
		return a.reopen(ctx)
	case *messages.Damaged:
		// What was found by several is looked into once.
		if a.intact() && a.journal.Suspected() {
			return m.Err
		}
	case *syncDue:
		a.syncTimer = nil
		if a.intact() {
			return a.journal.Sync()
		}
	case *maintainDue:
		return a.maintain(ctx)
	case *retryDue:
		a.takeStock(ctx, nil)
	case *actor.Stopping:
		a.stop(ctx)
	case *actor.Restarting:
		// What was gathered may be what we failed at.
		stopTimers(a.syncTimer, a.maintainTimer, a.retryTimer)
		a.lines, a.batches = nil, nil
	}
	return nil
}

// ready tells whether the log can be written to.
func (a *AccessLog) ready() bool { return !a.unavailable }

// sound tells whether the log is in order, and can be looked after.
func (a *AccessLog) intact() bool { return a.ready() || a.lowSpace }

// add formats the lines of a batch.
func (a *AccessLog) appendBatch(ctx actor.Context, taken messages.Taken) error {
	b := taken.Common()
	if !a.ready() {
		ctx.Send(b.Source, &messages.Abandon{Reason: errStorage})
		return nil
	}
	if a.batchLost(b.Begins) {
		ctx.Send(a.node.router(), &messages.RolledBack{Position: b.Position})
		return nil
	}
	if len(b.Holes) > 0 {
		if err := a.journal.Declare(b.Holes); err != nil {
			return err
		}
	}
	a.position = max(a.position, b.Position) // the mail may have overtaken itself
	for i := range b.Rows {
		r := &b.Rows[i]
		had, took := a.journal.Offer(r.Run, r.Seq, r.Len())
		if took > 0 {
			a.observeClock(r)
		}
		a.formatRow(r, had, had+took)
		if had+took == 0 {
			// A batch before this one was lost on the way; so is this one.
			ctx.Send(a.node.router(), &messages.RolledBack{Position: b.Position})
			return nil
		}
	}
	a.batches = append(a.batches, taken)
	return nil
}

// witness lets the journal hear what a peer's clock says: the journal retires nothing by a
// clock that the peers contradict.
func (a *AccessLog) observeClock(r *row.Row) {
	if i, ok := a.node.Ring().Index(r.Run.Origin); ok && i != a.node.self {
		a.journal.ObserveClock(r.Run.Origin, time.Unix(r.Time, 0))
	}
}

// format appends the lines of messages from up to but not to.
func (a *AccessLog) formatRow(r *row.Row, from, to int) {
	if from == to {
		return
	}
	first := r.Record(from)
	a.lines = a.formatter.Append(a.lines, &first)
	for i := from + 1; i < to; i++ {
		a.lines = a.formatter.AppendNext(a.lines, r.Text(i))
	}
}

// lacks tells whether a batch before position was lost on its way here. The router
// has then taken what the log will never have, and must not think so for ever.
func (a *AccessLog) batchLost(position uint64) bool {
	return position > max(a.position, a.journal.Logged())
}

// flush makes what has gathered durable and tells everybody.
func (a *AccessLog) flush(ctx actor.Context) error {
	// Batches of nothing but duplicates bring no lines.
	if len(a.lines) > 0 {
		if err := a.requireSpace(); err != nil {
			return err
		}
		moved, err := a.journal.Append(a.lines, a.position)
		if err != nil {
			a.failedBytes = len(a.lines)
			return err
		}
		a.lines, a.failedBytes, a.retryBackoff = a.lines[:0], 0, nil
		a.armSync(ctx)
		a.marksAdvanced(ctx, moved)
	}
	for i, b := range a.batches {
		a.batches[i] = nil
		a.confirm(ctx, b)
	}
	a.batches = a.batches[:0]
	return nil
}

// logged counts the messages of a batch that is in the log, and tells its connection.
// What was refused, or lost with a disk that failed, is none that the host has.
func (a *AccessLog) confirm(ctx actor.Context, taken messages.Taken) {
	from, e := &a.node.Counts.Taken, taken.Common()
	if _, peer := taken.(*messages.PeerTaken); peer {
		from = &a.node.Counts.Received
	}
	from.Add(uint64(row.Count(e.Rows)))
	if _, own := taken.(*messages.Retaken); !own {
		ctx.Send(e.Source, &messages.Logged{Batch: taken})
	}
}

// advanced tells that marks have moved.
func (a *AccessLog) marksAdvanced(ctx actor.Context, moved []marks.Mark) {
	if len(moved) > 0 {
		a.node.ledger.Logged(moved)
		a.node.waiters.notifyAll(ctx, moved)
		ctx.Send(a.node.router(), &messages.Appended{Marks: moved})
	}
}

// arm sees to it that what was written is synced within the interval, where
// that is the policy.
func (a *AccessLog) armSync(ctx actor.Context) {
	policy := a.node.Ring().Log
	if policy.Fsync != config.FsyncInterval || a.syncTimer != nil {
		return
	}
	a.syncTimer = sendAfter(ctx, policy.FsyncInterval, &syncDue{})
}

// stop writes what has gathered. It must not panic: that would break the tree.
func (a *AccessLog) stop(ctx actor.Context) {
	stopTimers(a.syncTimer, a.maintainTimer, a.retryTimer)
	defer func() {
		if r := recover(); r != nil {
			a.node.Log.Errorf("access log: the last batch is lost: %v", r)
		}
		a.lines, a.batches = nil, nil
	}()
	if !a.ready() {
		return
	}
	if err := a.flush(ctx); err != nil {
		a.node.Log.Errorf("access log: the last batch is lost: %v", err)
	}
}
