package actors

import (
	"math"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
)

// writeSize is from how many bytes on a log is written although more waits.
const writeSize = 1 << 20

// AccessLog writes access.log. It gathers the batches that wait, writes them
// with one write and one sync, and only then says Logged: an Ok is as good as
// the policy for syncing (DESIGN 6). It is the last to see each message before
// the disk, and lets none in twice and none out of order.
//
// When the disk fails, it panics, is restarted with what is durable, and says
// RolledBack.
type AccessLog struct {
	node      *Node
	idle      func() bool
	restarted bool

	format   record.Formatter
	lines    []byte
	position uint64            // behind the last batch in lines
	batches  []*messages.Batch // that are whole in lines
	advanced marks.Table       // how far the runs are in lines
	timer    *time.Timer       // to the end of the interval, when a sync is due
}

// syncNow ends the interval of `fsync: interval`.
type syncNow struct{}

// NewAccessLog returns the props of the access log.
func NewAccessLog(node *Node) *actor.Props {
	starts := 0
	return node.Props(func(idle func() bool) actor.Actor {
		starts++
		return &AccessLog{node: node, idle: idle, restarted: starts > 1}
	})
}

// Receive implements actor.Actor.
func (a *AccessLog) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		if a.restarted {
			a.rollback(ctx)
		}
	case *messages.Append:
		a.add(ctx, m.Batch)
	case *messages.Reopen:
		a.flush(ctx)
		a.reopen()
	case *syncNow:
		a.timer = nil
		a.must(a.node.Journal.Sync())
	case *actor.Stopping:
		a.stop(ctx)
		a.disarm()
		return
	case *actor.Restarting:
		a.disarm()
		return
	}
	// Whatever comes last when nothing waits behind it must not leave lines.
	if a.idle() || len(a.lines) >= writeSize {
		a.flush(ctx)
	}
}

// add formats the lines of a batch.
func (a *AccessLog) add(ctx actor.Context, b *messages.Batch) {
	a.position = b.Position
	for i := range b.Items {
		item := &b.Items[i]
		switch a.node.Journal.Offer(item.Run(), item.Seq) {
		case marks.Next:
			a.lines = a.format.Append(a.lines, &item.Record)
			a.advanced.Raise(item.Run(), item.Seq)
		case marks.Gap:
			// A batch before this one was lost on the way; so is this one.
			ctx.Send(a.node.Router(), &messages.RolledBack{Position: b.Position})
			return
		}
	}
	a.batches = append(a.batches, b)
}

// flush makes what has gathered durable and tells everybody.
func (a *AccessLog) flush(ctx actor.Context) {
	// Batches of nothing but duplicates bring no lines.
	if len(a.lines) > 0 {
		a.write(ctx)
	}
	for i, b := range a.batches {
		a.batches[i] = nil
		ctx.Send(b.Source, &messages.Logged{Batch: b})
	}
	a.batches = a.batches[:0]
}

func (a *AccessLog) write(ctx actor.Context) {
	a.must(a.node.Journal.Append(a.lines, a.position))
	a.must(a.node.Journal.Commit())
	a.arm(ctx)
	advanced := a.advanced.Marks()
	a.node.Ledger.Logged(advanced)
	a.lines, a.advanced = a.lines[:0], marks.Table{}
	ctx.Send(a.node.Router(), &messages.Appended{Marks: advanced})
}

// rollback takes the log back to what is durable, after a restart.
func (a *AccessLog) rollback(ctx actor.Context) {
	a.must(a.node.Journal.Rollback(a.node.Ledger.Snapshot()))
	ctx.Send(a.node.Router(), &messages.RolledBack{Position: math.MaxUint64})
	a.node.Log.Warn("access log restarted; what was not durable will come again")
}

// arm sees to it that what was written is synced within the interval, where
// that is the policy.
func (a *AccessLog) arm(ctx actor.Context) {
	policy := a.node.Ring().Log
	if policy.Fsync != config.FsyncInterval || a.timer != nil {
		return
	}
	a.timer = alarm(ctx, policy.FsyncInterval, &syncNow{})
}

func (a *AccessLog) disarm() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

func (a *AccessLog) reopen() {
	moved, err := a.node.Journal.Reopen()
	a.must(err)
	if moved {
		a.node.Log.Info("access.log was renamed or removed; a new one is begun")
	}
}

// stop writes what has gathered. It must not panic: that would break the tree.
func (a *AccessLog) stop(ctx actor.Context) {
	defer func() {
		if r := recover(); r != nil {
			a.node.Log.Errorf("access log: the last batch is lost: %v", r)
		}
	}()
	a.flush(ctx)
}

// must panics with err: the supervisor restarts us from what is durable.
func (a *AccessLog) must(err error) {
	if err != nil {
		panic(err)
	}
}
