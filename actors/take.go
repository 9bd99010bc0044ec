package actors

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/resend"
	"xlattice.org/zog/internal/row"
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
		r.makeRoom(ctx, b)
		r.name(b)
	} else if err := r.judge(b); err != nil {
		ctx.Send(b.Source, &messages.Abandon{Reason: err})
		return
	}
	if b.Early.Seq != 0 && r.repairs.Gap(b.Peer, b.Early, &r.taken, time.Now()) {
		ctx.Send(b.Source, &messages.AskRepair{})
	}
	r.pass(ctx, b)
}

// pass gives a batch that was taken to the links, and then to the log.
func (r *Router) pass(ctx actor.Context, b *messages.Batch) {
	b.Begins = r.window.End()
	b.Position = r.window.Add(b.Rows)
	r.node.Position.Store(b.Position)
	r.window.Trim(r.node.Journal.Logged())
	r.handOn(ctx, b.Rows, b.Begins)
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

// name gives the messages of a client their identity, but for those that have one
// as they come again.
func (r *Router) name(b *messages.Batch) {
	now, of := time.Now(), row.Count(b.Rows)
	kept := make([]row.Row, 0, len(b.Rows))
	for i := range b.Rows {
		for rest, left := b.Rows[i], b.Rows[i].Len(); left > 0; {
			run, seq, n, again := r.resent.Find(rest.Session, rest.Number, left)
			if came := rest.Slice(0, n); again {
				r.again(b, &came, run, seq)
			} else {
				kept = append(kept, r.identify(b, came, now))
			}
			if left -= n; left > 0 {
				rest = rest.Slice(n, n+left)
			}
		}
	}
	b.Rows = row.Compact(kept, of)
	slices.SortStableFunc(b.Refused, func(x, y messages.Refused) int { return cmp.Compare(x.ID, y.ID) })
}

// again deals with messages whose names stand for message seq of run and those behind
// it. They are answered with these, but a text that is known to be another is refused:
// an Ok would be for a text that no log has.
func (r *Router) again(b *messages.Batch, came *row.Row, run marks.Run, seq uint64) {
	for i := range came.Len() {
		id, seq, text := came.Seq+uint64(i), seq+uint64(i), came.Text(i)
		if r.texts.Differs(run, seq, text) {
			b.Refused = append(b.Refused, messages.Refused{ID: id, Reason: pzog.Refusal_NUMBER_REUSED, Text: clip(text)})
			continue
		}
		r.node.Counts.Resent.Add(1)
		hold(b, messages.Held{FirstID: id, LastID: id, Run: run, Seq: seq})
	}
}

// identify gives a row the next seqs of our run.
func (r *Router) identify(b *messages.Batch, named row.Row, now time.Time) row.Row {
	named.Run, named.Seq, named.Time = r.present(), r.seq+1, r.node.Now().Unix()
	r.seq = named.Last()
	r.taken.Raise(named.Run, r.seq)
	if named.Seq == 1 {
		r.count(r.node.Self, named.Run, now)
	}
	r.remember(b, &named, now)
	return named
}

// remember notes what the client calls the messages of a row, and what they say.
func (r *Router) remember(b *messages.Batch, taken *row.Row, now time.Time) {
	owner := resend.Owner{Peer: b.Peer}
	if b.Peer == messages.FromClient {
		owner.Conn = b.Source.Id
	}
	r.resent.Note(owner, taken.Session, taken.Number, taken.Run, taken.Seq, taken.Len(), now)
	r.texts.Note(taken)
}

// errNewRun says why all accepted connections are closed when a run begins.
var errNewRun = errors.New("the host has begun a new run")

// judge keeps of a peer's batch what is next of its runs. With an error nothing of the
// batch is believed.
func (r *Router) judge(b *messages.Batch) error {
	// Nothing is taken before all is believed: what is taken must be logged.
	if err := r.believe(b.Rows); err != nil {
		return err
	}
	now, id, of, kept := time.Now(), b.FirstID, row.Count(b.Rows), b.Rows[:0]
	for i := range b.Rows {
		came := b.Rows[i]
		if fresh := r.judgeRow(b, &came, id, now); fresh.Len() > 0 {
			kept = append(kept, fresh)
		}
		id += uint64(came.Len())
	}
	clear(b.Rows[len(kept):])
	b.Rows = row.Compact(kept, of)
	r.repairs.Taken(b.Peer, &r.taken, now)
	return nil
}

// judgeRow takes of a row, whose first message came as id, what is next, and returns it.
func (r *Router) judgeRow(b *messages.Batch, came *row.Row, id uint64, now time.Time) (fresh row.Row) {
	isNew := r.taken.Seq(came.Run) == 0
	if isNew && !r.wants(b.Peer, came.Run, now) {
		r.node.Counts.Unwanted.Add(uint64(came.Len()))
		return fresh
	}
	had, took := r.offer(b, came)
	if isNew {
		r.count(b.Peer, came.Run, now)
	}
	if had > 0 {
		r.node.Counts.Duplicates.Add(uint64(had))
		hold(b, messages.Held{FirstID: id, LastID: id + uint64(had) - 1, Run: came.Run, Seq: came.Seq + uint64(had) - 1})
		r.compare(b.Peer, came, had, now)
	}
	if took > 0 {
		fresh = came.Slice(had, had+took)
		r.remember(b, &fresh, now)
	}
	if had+took == 0 {
		r.node.Counts.Early.Add(uint64(came.Len()))
		if b.Early.Seq == 0 {
			b.Early = marks.Mark{Run: came.Run, Seq: came.Seq}
		}
	}
	return fresh
}

// compare looks whether the first had messages of a row, which we have already, say what
// ours say. Two texts under one identity mean that a host was rolled back, or lies: the
// logs differ there for good, and somebody has to know.
func (r *Router) compare(peer int, came *row.Row, had int, now time.Time) {
	for i := range had {
		seq := came.Seq + uint64(i)
		if !r.texts.Differs(came.Run, seq, came.Text(i)) {
			continue
		}
		r.node.Counts.Conflicts.Add(1)
		if _, ok := r.conflict.Take(now, 1, conflictPause); ok {
			r.node.Log.WithField("peer", r.node.Ring().Hosts[peer].Name).Errorf(
				"has another text than this host for message %s.%d: a host was rolled back, or sent what it should not; "+
					"the logs differ there (conflicts so far: %d)", came.Run.Name(), seq, r.node.Counts.Conflicts.Load())
		}
	}
}

// offer judges a row, and takes what of it is next: behind the first had, which are
// here already, the next took. Where it is the first that anybody still has, the
// hole before it is declared.
func (r *Router) offer(b *messages.Batch, came *row.Row) (had, took int) {
	had, took = r.taken.Offer(came.Run, came.Seq, came.Len())
	if had+took > 0 || !r.mayBridge(b.Peer, came) {
		return had, took
	}
	hole := marks.Mark{Run: came.Run, Seq: came.Seq - 1, First: came.Seq}
	r.node.about(b.Peer, logrus.WarnLevel,
		"nobody has messages %d to %d of run %s any more: the log goes on behind them",
		r.taken.Seq(hole.Run)+1, hole.Seq, hole.Run.Name())
	r.taken.Set(hole)
	b.Holes = append(b.Holes, hole)
	return r.taken.Offer(came.Run, came.Seq, came.Len())
}

// hold notes frames that were taken before, in one row with those before them.
func hold(b *messages.Batch, h messages.Held) {
	if n := len(b.Held); n > 0 {
		if last := &b.Held[n-1]; last.Run == h.Run && last.LastID+1 == h.FirstID && last.Seq < h.Seq {
			last.LastID, last.Seq = h.LastID, h.Seq
			return
		}
	}
	b.Held = append(b.Held, h)
}
