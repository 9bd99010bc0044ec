package actors

import (
	"errors"
	"os"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/follow"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// The part of a clientConn that follows the log.

// followRequest is what a client follows with: its marks while they come, then the actor that
// reads the log for it.
type followRequest struct {
	place    bool // it has one of node.following
	incoming rangeVector
	marks    int  // that it has sent
	skipping bool // there was no place for it, and the rest of its frames is skipped
	timer    *time.Timer

	follower *actor.PID // nil until all marks have come
	taken    uint64     // the number of the last piece that came
	written  uint64     // the number of the last piece that was written
	blocked  bool       // the client does not read: out waits for writeAgain
	readAt   time.Time  // when the client read something last, while it is blocked
}

// followMarksDue is the alarm for a client whose marks do not come.
type followMarksDue struct{}

// followWriteTimeout is for how long the connection of a follower waits for the client to read before
// it handles its mailbox.
const followWriteTimeout = 500 * time.Millisecond

// Violations of clients that follow.
const (
	errFollowing     violation = "it follows already"
	errFollowsOnly   violation = "it follows, and may send keepAlives only"
	errFollowUnready violation = "it asks to follow before its messages or its survey are answered"
	errFollowTimeout violation = "it asks to follow, and its marks do not come"
	errNotRead       violation = "it follows, and does not read what it is sent"
)

// Reasons to end the connection of a client that follows. They are no fault of the client.
var (
	errPieceLost = errors.New("a piece of the log was lost on its way")
	errFollower  = errors.New("what reads the log for it has failed")
)

// active tells whether the client follows, or is about to.
func (f *followRequest) active() bool { return f.place || f.skipping }

// weight returns about how many bytes the marks that have come use.
func (f *followRequest) weight() int64 { return int64(len(f.incoming.marks)) * rangeWeight }

// requestFollow begins to follow once all marks have come. It needs a place from the first frame on.
func (c *clientConn) requestFollow(ctx actor.Context, k *pzog.KeepAlive) error {
	f := &c.follow
	switch refusal := c.node.allows(c.conn.Conn, trust.Follow); {
	case refusal != nil:
		return violation(refusal.Error())
	case f.follower != nil:
		return errFollowing
	case len(c.pending) > 0 || c.survey.open:
		return errFollowUnready
	case f.skipping:
		f.skipping = k.More
		return nil
	}
	if why := c.takeFollowPlace(ctx, len(k.Marks)); why != "" {
		c.refuseFollow(why, k.More)
		return nil
	}
	complete, err := f.incoming.add(k.More, k.Marks)
	if err != nil || !complete {
		return err
	}
	return c.startFollower(ctx, k)
}

// takeFollowPlace takes a place with the first frame, and counts the marks of each.
func (c *clientConn) takeFollowPlace(ctx actor.Context, marks int) follow.Refusal {
	f, limits := &c.follow, c.node.Ring().Limits
	if !f.place {
		why := c.node.following.take(c.whose(), follow.Limits{All: limits.Followers, PerAddress: limits.FollowersPerAddress})
		if why != "" {
			return why
		}
		f.place = true
		f.timer = sendAfter(ctx, rangesTimeout, &followMarksDue{})
	}
	why := c.node.following.addMarks(c.whose(), marks)
	if why == "" {
		f.marks += marks
	}
	return why
}

// refuseFollow tells the client that there is no place, with a refusal of id 0, which no message has.
// The client may ask again.
func (c *clientConn) refuseFollow(why follow.Refusal, more bool) {
	c.freeFollowPlace()
	c.follow.skipping = more
	c.node.reports.add(c.remote, string(why), nil)
	c.appendOk(frame.Ok{Refusal: pzog.Refusal_OVERLOADED, Detail: string(why)})
}

func (c *clientConn) freeFollowPlace() {
	f := &c.follow
	stopTimers(f.timer)
	if f.place {
		c.node.following.free(c.whose(), f.marks)
	}
	*f = followRequest{}
}

// startFollower starts the actor that reads the log.
func (c *clientConn) startFollower(ctx actor.Context, k *pzog.KeepAlive) (err error) {
	f := &c.follow
	stopTimers(f.timer)
	has := new(marks.Vector)
	for _, m := range f.incoming.marks {
		has.Raise(m.Run, m.Seq)
	}
	f.incoming = rangeVector{}
	c.limitSendBuffer()
	ask := follow.Ask{Marks: has, Since: k.SinceMs, Last: k.Last}
	f.follower, err = ctx.SpawnNamed(newFollower(c.node, ctx.Self(), ask), FollowerName)
	return err
}

// limitSendBuffer limits what the kernel holds for a client that does not read, if many follow. By
// itself it takes megabytes for each.
func (c *clientConn) limitSendBuffer() {
	room := c.node.following.room()
	conn, ok := c.conn.Conn.(interface{ SetWriteBuffer(bytes int) error })
	if room.Many && ok {
		_ = conn.SetWriteBuffer(room.SendBuffer) // otherwise the kernel has its own limits
	}
}

// followTimedOut ends a connection whose marks have not all come.
func (c *clientConn) followTimedOut() error {
	if c.follow.place && c.follow.follower == nil {
		return errFollowTimeout
	}
	return nil
}

// takePiece takes a piece of the log to be written, or the question whether all pieces were written.
func (c *clientConn) takePiece(ctx actor.Context, m *messages.Followed) error {
	f := &c.follow
	switch {
	case m.Err != nil:
		return m.Err
	case m.Frames == nil && m.Number == f.taken:
		f.blocked = false // writeAgain may be lost
		if f.written == f.taken {
			ctx.Send(f.follower, &messages.Written{Number: f.written})
		}
		return nil
	case m.Frames == nil || m.Number != f.taken+1:
		return errPieceLost // or it came twice; the client goes on from its position
	}
	f.taken = m.Number
	if len(c.out.buf) == 0 {
		c.out.buf = m.Frames
	} else {
		c.out.buf = append(c.out.buf, m.Frames...)
	}
	return nil
}

// flushFollowing writes to a client that follows. While it does not read, the mailbox is handled now and
// then. One that reads nothing for too long has lost nothing: it goes on from its position.
func (c *clientConn) flushFollowing(ctx actor.Context) error {
	f := &c.follow
	if f.blocked {
		return nil
	}
	before := len(c.out.buf)
	c.out.timeout = followWriteTimeout
	err := c.out.flush()
	c.out.timeout = clientTimeout
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		f.readAt = time.Time{}
		c.piecesWritten(ctx)
		return err
	case f.readAt.IsZero(), len(c.out.buf) < before:
		f.readAt = time.Now()
	case time.Since(f.readAt) >= c.node.Ring().Limits.FollowerTimeout:
		return errNotRead
	}
	f.blocked = true
	ctx.Send(ctx.Self(), &writeAgain{conn: c.out.conn})
	return nil
}

// piecesWritten tells the follower that all pieces were written.
func (c *clientConn) piecesWritten(ctx actor.Context) {
	if f := &c.follow; f.written < f.taken {
		f.written = f.taken
		ctx.Send(f.follower, &messages.Written{Number: f.written})
	}
}
