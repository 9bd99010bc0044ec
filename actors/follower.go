package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/follow"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// follower reads the log for a client that follows it, and gives frames to the connection of the
// client, whose child it is. What is not written yet is two pieces at most: a client that is slow
// costs a position in the log and no more memory.
type follower struct {
	node   *Node
	conn   *actor.PID // of the client
	cursor *follow.Cursor
	reader *journal.Reader
	sent   uint64 // the number of the last piece that was given to the connection
	timer  *time.Timer
}

// followDue is the alarm for the next look at the log.
type followDue struct{}

// newFollower returns the props of a follower of a client that has what position says.
func newFollower(node *Node, conn *actor.PID, position *marks.Vector) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &follower{
			node: node, conn: conn,
			cursor: follow.NewCursor(node.Name(), position), reader: node.journal.Reader(position),
		}
	})
}

// Receive implements actor.Actor.
func (f *follower) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		f.give(ctx, f.cursor.AppendPosition(nil))
	case *messages.Written:
		if m.Number == f.sent {
			f.readOn(ctx)
		}
	case *followDue:
		f.readOn(ctx)
	case *actor.Stopping, *actor.Restarting:
		stopTimers(f.timer)
		closeLogReader(f.node.Log, f.reader)
	}
}

// followPause is the time between two looks at the log.
const followPause = 20 * time.Millisecond

// readOn gives the next piece of the log to the connection.
func (f *follower) readOn(ctx actor.Context) {
	held := f.node.ledger.DurableVector()
	rows, err := f.reader.Next()
	var frames []byte
	switch {
	case err == nil:
		frames = f.cursor.Append(nil, rows)
	case errors.Is(err, io.EOF):
		frames = f.cursor.AppendHoles(nil, held)
	case errors.Is(err, journal.ErrDamaged):
		ctx.Send(f.node.AccessLog(), &messages.Damaged{Err: err})
	}
	if len(frames) == 0 {
		f.timer = sendAfter(ctx, followPause, &followDue{})
		return
	}
	f.give(ctx, frames)
}

func (f *follower) give(ctx actor.Context, frames []byte) {
	f.sent++
	ctx.Send(f.conn, &messages.Followed{Number: f.sent, Frames: frames})
}
