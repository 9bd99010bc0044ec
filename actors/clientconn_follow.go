package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// The part of a clientConn that follows the log.

// following is what a client follows with: its marks while they come, then the actor that reads
// the log for it.
type following struct {
	incoming rangeVector
	follower *actor.PID // nil until all marks have come
	taken    uint64     // the number of the last piece that came
	written  uint64     // the number of the last piece that was written
	timer    *time.Timer
}

// Violations of clients that follow.
const (
	errFollowing   violation = "it follows already"
	errFollowsOnly violation = "it follows, and may send nothing but keepAlives"
	errPieceLost   violation = "a piece of the log was lost on its way"
)

// requestFollow begins to follow once all marks have come.
func (c *clientConn) requestFollow(ctx actor.Context, k *pzog.KeepAlive) error {
	if refusal := c.node.allows(c.conn.Conn, trust.Follow); refusal != nil {
		return violation(refusal.Error())
	}
	f := &c.follow
	if f.follower != nil {
		return errFollowing
	}
	complete, err := f.incoming.add(k.More, k.Marks)
	if err != nil || !complete {
		return err
	}
	position := new(marks.Vector)
	for _, m := range f.incoming.marks {
		position.Raise(m.Run, m.Seq)
	}
	f.incoming = rangeVector{}
	f.follower, err = ctx.SpawnNamed(newFollower(c.node, ctx.Self(), position), "follower")
	return err
}

// takePiece takes a piece of the log to be written.
func (c *clientConn) takePiece(m *messages.Followed) error {
	if m.Number != c.follow.taken+1 {
		return errPieceLost
	}
	c.follow.taken = m.Number
	c.out.buf = append(c.out.buf, m.Frames...)
	return nil
}

// piecesWritten tells the follower that all pieces were written.
func (c *clientConn) piecesWritten(ctx actor.Context) {
	if f := &c.follow; f.written < f.taken && len(c.out.buf) == 0 {
		f.written = f.taken
		ctx.Send(f.follower, &messages.Written{Number: f.written})
	}
}
