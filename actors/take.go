package actors

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/window"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// take is the way of a batch: identity or judgement, the links, the log.
func (r *Router) take(ctx actor.Context, b *messages.Batch) {
	if err := r.node.Storage(); err != nil {
		r.refuse(ctx, b, err)
		return
	}
	if b.Peer == messages.FromClient {
		r.name(b)
	} else if err := r.judge(b); err != nil {
		ctx.Send(b.Source, &messages.Abandon{Reason: err})
		return
	}
	if b.Early.Seq != 0 && r.repairs.Gap(b.Peer, b.Early, &r.taken, r.brought[b.Peer], time.Now()) {
		ctx.Send(b.Source, &messages.AskRepair{})
	}
	b.Position = r.window.Add(b.Items)
	r.node.Position.Store(b.Position)
	r.window.Trim(r.node.Journal.Logged())
	for _, p := range r.pulls {
		r.pull(ctx, p)
	}
	ctx.Send(r.node.AccessLog(), &messages.Append{Batch: b})
}

// refuse takes nothing: the log cannot be written. A peer is closed, and comes
// again when the host says that it is ready.
func (r *Router) refuse(ctx actor.Context, b *messages.Batch, why error) {
	if b.Peer == messages.FromClient {
		ctx.Send(b.Source, &messages.Refuse{Batch: b, Reason: pzog.Refusal_STORAGE, Detail: storageDetail(why)})
	} else {
		ctx.Send(b.Source, &messages.Abandon{Reason: errStorage})
	}
}

// name gives the messages of a client their identity.
func (r *Router) name(b *messages.Batch) {
	run, stamp, now := marks.Run{Origin: r.node.Name(), Boot: r.boot}, r.node.Now().Unix(), time.Now()
	kept := 0
	for i := range b.Items {
		item := &b.Items[i]
		if r.again(item) {
			hold(b, item, b.FirstID+uint64(i))
			continue
		}
		r.seq++
		item.Origin, item.Boot, item.Seq, item.Time = run.Origin, run.Boot, r.seq, stamp
		r.remember(item, now)
		keep(b.Items, &kept, i)
	}
	b.Items = compact(b.Items, kept)
	if kept > 0 {
		r.taken.Raise(run, r.seq)
	}
	r.node.Counts.Taken.Add(uint64(kept))
}

// again tells whether a client sends what was taken before, by this host or by
// another one, and then gives it the identity that it has.
func (r *Router) again(item *window.Item) bool {
	if item.Session == 0 {
		return false
	}
	run, seq, known := r.resent.Find(item.Session, item.Number)
	if known {
		item.Origin, item.Boot, item.Seq = run.Origin, run.Boot, seq
		r.node.Counts.Resent.Add(1)
	}
	return known
}

// remember notes what its client calls a message.
func (r *Router) remember(item *window.Item, now time.Time) {
	if item.Session != 0 {
		r.resent.Note(item.Session, item.Number, item.Run(), item.Seq, now)
	}
}

// Why the router closes connections. A forged message is one in our name that
// we never took.
var (
	errNewRun   = errors.New("the host has begun a new run")
	errReplaced = errors.New("replaced by a newer connection")
)

const errForged violation = "a message that claims to be ours and is not"

// judge keeps of a peer's batch what is the next of its run. The error is
// errForged, and then nothing of the batch is believed.
func (r *Router) judge(b *messages.Batch) error {
	// Nothing is taken before all is believed: what is taken must be logged.
	self, kept, now := r.node.Name(), 0, time.Now()
	for i := range b.Items {
		if item := &b.Items[i]; item.Boot == r.boot && item.Origin == self && item.Seq > r.seq {
			return errForged
		}
	}
	for i := range b.Items {
		item := &b.Items[i]
		switch r.offer(b, item) {
		case marks.Next:
			r.remember(item, now)
			keep(b.Items, &kept, i)
		case marks.Duplicate:
			r.node.Counts.Duplicates.Add(1)
			hold(b, item, b.FirstID+uint64(i))
		case marks.Gap:
			r.node.Counts.Early.Add(1)
			if b.Early.Seq == 0 {
				b.Early = marks.Mark{Run: item.Run(), Seq: item.Seq}
			}
		}
	}
	b.Items = compact(b.Items, kept)
	r.node.Counts.Received.Add(uint64(kept))
	r.brought[b.Peer] += uint64(kept)
	r.repairs.Taken(b.Peer, &r.taken)
	return nil
}

// offer judges a message, and takes it if it is next. One that is the first
// that anybody still has is, too: the hole before it is declared.
func (r *Router) offer(b *messages.Batch, item *window.Item) marks.Verdict {
	verdict := r.taken.Offer(item.Run(), item.Seq)
	if verdict != marks.Gap || !r.repairs.Bridge(b.Peer, item.Run(), item.Seq, &r.taken, time.Now()) {
		return verdict
	}
	hole := marks.Mark{Run: item.Run(), Seq: item.Seq - 1, First: item.Seq}
	r.node.Log.WithField("peer", r.node.Ring().Hosts[b.Peer].Name).Warnf(
		"nobody has messages %d to %d of run %s any more: the log goes on behind them",
		r.taken.Seq(hole.Run)+1, hole.Seq, hole.Run.Name())
	r.taken.Set(hole)
	b.Holes = append(b.Holes, hole)
	return r.taken.Offer(item.Run(), item.Seq)
}

// keep moves item i behind those that are kept, unless it stands there.
func keep(items []window.Item, kept *int, i int) {
	if *kept != i {
		items[*kept] = items[i]
	}
	*kept++
}

// compact returns the first kept of items. If these are few it copies them: the
// window counts what it holds, not the batch that it came in (I6).
func compact(items []window.Item, kept int) []window.Item {
	if 2*kept >= len(items) {
		clear(items[kept:])
		return items[:kept]
	}
	few := slices.Clone(items[:kept])
	for i := range few {
		few[i].Text = bytes.Clone(few[i].Text)
	}
	return few
}

// hold notes a frame that was taken before, in one row with those before it.
func hold(b *messages.Batch, item *window.Item, id uint64) {
	if n := len(b.Held); n > 0 {
		if last := &b.Held[n-1]; last.Run == item.Run() && last.LastID+1 == id && last.Seq < item.Seq {
			last.LastID, last.Seq = id, item.Seq
			return
		}
	}
	b.Held = append(b.Held, messages.Held{FirstID: id, LastID: id, Run: item.Run(), Seq: item.Seq})
}
