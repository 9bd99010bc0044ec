package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/follow"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/messages"
)

// follower reads the log for a client that follows it, and gives frames to the connection of the
// client, whose child it is. It reads what is committed and nothing else. A client that is slow, or
// reads nothing, costs a position in the log and a piece or two of it.
type follower struct {
	node   *Node
	conn   *actor.PID // of the client
	finder *follow.Finder
	cursor *follow.Cursor // once the position is found
	reader *journal.Reader
	flow   follow.Flow
	timer  *time.Timer
}

// beatDue is the alarm for a look at whether all is in order.
type beatDue struct{}

// errLogUnreadable is why the connection of a follower is closed.
var errLogUnreadable = errors.New("the log cannot be read")

// newFollower returns the props of the follower of a client.
func newFollower(node *Node, conn *actor.PID, ask follow.Ask) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &follower{node: node, conn: conn, finder: follow.NewFinder(ask, node.ledger.DurableVector())}
	})
}

// Receive implements actor.Actor.
func (f *follower) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		f.timer = sendAfter(ctx, follow.Beat, &beatDue{})
		f.becomeFound(ctx)
	case *messages.MayRead:
		if f.flow.MayRead() {
			f.readOn(ctx)
		}
		ctx.Send(f.node.followers(), &messages.HasRead{Follower: ctx.Self()})
	case *messages.Written:
		f.flow.Written(m.Number)
	case *beatDue:
		f.beat(ctx)
	case *actor.Stopping, *actor.Restarting:
		f.end(ctx)
		return
	}
	f.ask(ctx)
}

// ask asks for what is wanted of the log.
func (f *follower) ask(ctx actor.Context) {
	switch f.flow.Wants() {
	case follow.Read:
		ctx.Send(f.node.followers(), &messages.AskRead{Follower: ctx.Self()})
	case follow.Growth:
		ctx.Send(f.node.followers(), &messages.AskRead{Follower: ctx.Self(), Grown: true, Position: f.reader.End()})
	}
}

// readOn reads a piece of the log.
func (f *follower) readOn(ctx actor.Context) {
	var err error
	if f.cursor == nil {
		err = f.find(ctx)
	} else {
		err = f.send(ctx)
	}
	switch {
	case err == nil:
		return
	case errors.Is(err, journal.ErrDamaged):
		ctx.Send(f.node.AccessLog(), &messages.Damaged{Err: err})
	}
	if f.flow.Failed(time.Now()) {
		f.node.Log.WithError(err).Warn("the access log cannot be read for one who follows it")
		ctx.Send(f.conn, &messages.Followed{Err: errLogUnreadable})
	}
}

// find reads on to find the position where the client begins.
func (f *follower) find(ctx actor.Context) error {
	source := f.finder.Source()
	if f.reader == nil {
		if err := f.openSource(source); err != nil {
			return err
		}
	}
	if f.finder.Source() == source {
		rows, err := f.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			f.finder.EndOfLog()
		case err != nil:
			return err
		}
		f.finder.Read(rows)
	}
	f.flow.HasRead(true)
	if f.finder.Source() != source {
		f.closeReader()
	}
	f.becomeFound(ctx)
	return nil
}

// openSource opens the part of the log that the finder wants to read.
func (f *follower) openSource(source follow.Source) (err error) {
	var before uint64
	skipped := true
	if source == follow.Tail {
		f.reader, before, err = f.node.journal.Tail(f.finder.Last())
	} else {
		f.reader, skipped, err = f.node.journal.Since(time.Unix(f.finder.Time(), 0))
	}
	if err != nil {
		f.closeReader()
		return err
	}
	f.finder.Begin(f.reader.Position(), skipped, before)
	return nil
}

// becomeFound tells the client its position, if it is found, and begins to send.
func (f *follower) becomeFound(ctx actor.Context) {
	if f.finder.Source() != follow.Found {
		return
	}
	position := f.finder.Position()
	f.finder = nil
	f.reader = f.node.journal.Reader(position)
	f.cursor = follow.NewCursor(f.node.Name(), position)
	f.give(ctx, f.cursor.AppendPosition(nil))
}

// send gives the next piece of the log to the connection. What the log held before it was read is
// read if the end of the log is reached, or is a hole.
func (f *follower) send(ctx actor.Context) error {
	held := f.node.ledger.DurableVector()
	room := f.node.following.room()
	f.flow.SetMany(room.Many)
	f.reader.Limit(room.Piece)
	rows, err := f.reader.Next()
	var frames []byte
	switch {
	case err == nil:
		frames = f.cursor.Append(nil, rows)
	case errors.Is(err, io.EOF):
		frames = f.cursor.AppendHoles(nil, held)
	default:
		return err
	}
	f.flow.HasRead(err == nil)
	if len(frames) > 0 {
		f.give(ctx, frames)
	}
	return nil
}

func (f *follower) give(ctx actor.Context, frames []byte) {
	ctx.Send(f.conn, &messages.Followed{Number: f.flow.Give(time.Now()), Frames: frames})
}

// beat looks whether all is in order, and gives a sign of life.
func (f *follower) beat(ctx actor.Context) {
	f.timer = sendAfter(ctx, follow.Beat, &beatDue{})
	b := f.flow.Beats(time.Now())
	if b.Sign {
		f.give(ctx, f.node.appendClientSign(nil))
	}
	if b.Check {
		ctx.Send(f.conn, &messages.Followed{Number: f.flow.Given()})
	}
	if b.Stuck && f.reader != nil {
		if err := f.reader.Rest(); err != nil {
			f.node.Log.WithError(err).Warn("access log")
		}
	}
}

func (f *follower) end(ctx actor.Context) {
	stopTimers(f.timer)
	f.closeReader()
	ctx.Send(f.node.followers(), &messages.Gone{Peer: messages.FromClient, Conn: ctx.Self()})
}

func (f *follower) closeReader() {
	if f.reader != nil {
		closeLogReader(f.node.Log, f.reader)
		f.reader = nil
	}
}
