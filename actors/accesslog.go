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

// accessLog writes access.log. It collects the batches that wait, writes them with one write
// and one sync, and then sends Logged: an Ok is as durable as log.fsync says. It is the last
// check of each message before the disk: it writes none twice and none out of order.
//
// After an error of the disk, or when the log is not what was written, it takes stock of what
// the disk holds (accesslog_recover.go), and sends RolledBack. While that fails, the host is
// not ready and takes no messages, and it is tried again. The host is also not ready while too
// little of the disk is free (accesslog_space.go).
type accessLog struct {
	node      *Node
	journal   *journal.Writer
	idle      func() bool
	restarted bool

	formatter      record.Formatter
	lines          []byte           // not written yet
	position       uint64           // behind the last batch that came
	batches        []messages.Taken // whose lines are all in lines
	awaited        bool             // a client waits for copies of a message in lines
	syncTimer      *time.Timer      // of log.fsync: interval
	maintainTimer  *time.Timer
	maintained     int    // how often
	routerPosition uint64 // at the last maintenance
	loggedDoubt    string // about the clock, as it was logged last

	unavailable  bool                        // the host is not ready
	lowSpace     bool                        // the only reason is a lack of space: the log is intact
	spaceLeft    int64                       // bytes that may be written before the next check
	retryBackoff *backoff.ExponentialBackOff // nil once something was written again
	retryTimer   *time.Timer
	failedBytes  int // that could not be written
}

type (
	// syncDue is the alarm at the end of the interval of log.fsync: interval.
	syncDue struct{}
	// maintainDue is the alarm for maintenance of the log.
	maintainDue struct{}
	// retryDue is the alarm for the next attempt after an error of the disk.
	retryDue struct{}
)

// NewAccessLog returns the props of the access log, which alone writes to the journal. The
// caller closes it.
func NewAccessLog(node *Node, w *journal.Writer) *actor.Props {
	starts := 0
	return node.Props(func(idle func() bool) actor.Actor {
		starts++
		return &accessLog{node: node, journal: w, idle: idle, restarted: starts > 1}
	})
}

// Receive implements actor.Actor.
func (a *accessLog) Receive(ctx actor.Context) {
	err := a.receive(ctx)
	// The last message before the mailbox is empty must not leave lines unwritten.
	if err == nil && (a.idle() || len(a.lines) >= writeSize) {
		err = a.flush(ctx)
	}
	if err != nil {
		a.takeStock(ctx, err)
	}
}

func (a *accessLog) receive(ctx actor.Context) error {
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
		// If several actors found the same damage, it is looked into once.
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
		// The lines may be the cause of the failure.
		stopTimers(a.syncTimer, a.maintainTimer, a.retryTimer)
		a.lines, a.batches = nil, nil
	}
	return nil
}

// ready tells whether the log can be written.
func (a *accessLog) ready() bool { return !a.unavailable }

// intact tells whether the log can be maintained: it may be unavailable for lack of space.
func (a *accessLog) intact() bool { return a.ready() || a.lowSpace }

// appendBatch adds the lines of a batch to those that are to be written.
func (a *accessLog) appendBatch(ctx actor.Context, taken messages.Taken) error {
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
	a.position = max(a.position, b.Position) // messages may have overtaken each other
	for i := range b.Rows {
		r := &b.Rows[i]
		had, took := a.journal.Offer(r.Run, r.Seq, r.Len())
		if took > 0 {
			a.observeClock(r)
			a.awaited = a.awaited || r.MinCopies > 1
		}
		a.formatRow(r, had, had+took)
		if had+took == 0 {
			// A batch before this one was lost on its way here, so this one cannot be written.
			ctx.Send(a.node.router(), &messages.RolledBack{Position: b.Position})
			return nil
		}
	}
	a.batches = append(a.batches, taken)
	return nil
}

// observeClock tells the journal the time of a peer's message. The journal retires nothing by
// age while its clock contradicts those of the peers.
func (a *accessLog) observeClock(r *row.Row) {
	if i, ok := a.node.Ring().Index(r.Run.Origin); ok && i != a.node.self {
		a.journal.ObserveClock(r.Run.Origin, time.Unix(r.Time, 0))
	}
}

// formatRow appends the lines of the messages of a row from index from to before to.
func (a *accessLog) formatRow(r *row.Row, from, to int) {
	if from == to {
		return
	}
	first := r.Record(from)
	a.lines = a.formatter.Append(a.lines, &first)
	for i := from + 1; i < to; i++ {
		a.lines = a.formatter.AppendNext(a.lines, r.Text(i))
	}
}

// batchLost tells whether a batch before position was lost on its way here. Its messages
// count as taken and would never be in the log, so the router must begin a new run.
func (a *accessLog) batchLost(position uint64) bool {
	return position > max(a.position, a.journal.Logged())
}

// flush writes the lines, and tells everybody that they are durable.
func (a *accessLog) flush(ctx actor.Context) error {
	// Batches with only duplicates have no lines.
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
	a.awaited = false
	for i, b := range a.batches {
		a.batches[i] = nil
		a.confirm(ctx, b)
	}
	a.batches = a.batches[:0]
	return nil
}

// confirm counts the messages of a batch that is in the log, and tells its connection. It is
// not called for messages that were refused, or lost with an error of the disk.
func (a *accessLog) confirm(ctx actor.Context, taken messages.Taken) {
	from, e := &a.node.Counts.Taken, taken.Common()
	if _, peer := taken.(*messages.PeerTaken); peer {
		from = &a.node.Counts.Received
	}
	from.Add(uint64(row.Count(e.Rows)))
	if _, own := taken.(*messages.Retaken); !own {
		ctx.Send(e.Source, &messages.Logged{Batch: taken})
	}
}

// marksAdvanced tells everybody that durable marks have moved.
func (a *accessLog) marksAdvanced(ctx actor.Context, moved []marks.Mark) {
	if len(moved) > 0 {
		a.node.ledger.Logged(moved)
		a.node.waiters.notifyAll(ctx, moved, a.awaited)
		ctx.Send(a.node.router(), &messages.Appended{Marks: moved})
		if a.node.following.grown() {
			ctx.Send(a.node.followers(), &messages.Grown{})
		}
	}
}

// armSync sees to it that the lines are synced within the interval, if log.fsync is interval.
func (a *accessLog) armSync(ctx actor.Context) {
	policy := a.node.Ring().Log
	if policy.Fsync != config.FsyncInterval || a.syncTimer != nil {
		return
	}
	a.syncTimer = sendAfter(ctx, policy.FsyncInterval, &syncDue{})
}

// stop writes the lines. It must not panic, which would break the tree of actors.
func (a *accessLog) stop(ctx actor.Context) {
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
