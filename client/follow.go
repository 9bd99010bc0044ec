package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/internal/record"
)

// Follow returns the messages of the log after a position, and then those that come, without
// end. See the package comment for what it guarantees.
//
//	for m, err := range c.Follow(ctx, from) {
//		if err != nil {
//			return err
//		}
//		use(m.Text)
//		from = m.Position() // to go on later, here or with another client
//	}
//
// With an error there is no message. The loop may go on after two errors, and only then gets
// more:
//
//   - [*HoleError]: messages are missing. The next ones are those after them.
//   - [ErrNoHost]: no host could be reached for Config.Timeout. Follow tries on.
//
// After any other error the loop ends. It is that of ctx, matches [ErrClosed], or is that of
// Config.Until.
//
// Follow uses one connection of its own, and no goroutine. While the loop does something else
// nothing is read, and little is held in memory: the host reads what follows from its disk when
// it is wanted. A host closes a connection on which nothing is read for half a minute. Then
// Follow opens another, and nothing is missed.
func (c *Client) Follow(ctx context.Context, from Position) iter.Seq2[Message, error] {
	return c.newFollower(from, false).messages(ctx)
}

// Read returns the messages of the log after a position, as Follow does, and ends at the end
// of the log of the host that it reads, as it was after Read had reached that host. If it ends
// without an error, it has read all of that. If the host is lost, the end is that of the next
// one.
func (c *Client) Read(ctx context.Context, from Position) iter.Seq2[Message, error] {
	return c.newFollower(from, true).messages(ctx)
}

// Resolve returns the Position that End, Since or Last stands for in the log of a host now. Any
// other Position it returns as it is. So a program that begins with one of these can keep its
// position before the first message comes. The error is ErrNoHost after Config.Timeout, or that
// of ctx, or matches ErrClosed.
func (c *Client) Resolve(ctx context.Context, from Position) (Position, error) {
	f := c.newFollower(from, false)
	ctx, release := c.bindContext(ctx)
	defer release()
	if err := f.settle(ctx); err != nil {
		return Position{}, err
	}
	return Position{at: position.Of(f.seen)}, nil
}

// follower reads the log of one host after the other. Invariant I4 for the reader: seen is what
// it was given, run by run without a gap.
type follower struct {
	client   *Client
	place    place // where it begins, until resolved
	resolved bool  // seen is where it stands
	seen     *marks.Vector
	conn     *followConn
	lost     bool   // a connection was lost
	origin   string // of the last row

	bounded bool          // it ends at the end of the log
	end     *marks.Vector // where that is, of a bounded follower
	left    int           // the number of runs of which something before the end is missing

	texts   []byte // scratch: the texts of a row
	lengths []int  // scratch: their lengths
}

func (c *Client) newFollower(from Position, bounded bool) *follower {
	f := &follower{client: c, place: from.place, seen: from.at.Vector(), bounded: bounded}
	f.resolved = from.place.kind == atVector && f.seen.Len() > 0 // Begin is where the log of a host begins
	return f
}

// errEnough says that the loop over the messages wants no more, or that a bounded follower is
// at its end.
var errEnough = errors.New("enough")

// messages returns the loop over the messages.
func (f *follower) messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		ctx, release := f.client.bindContext(ctx)
		defer release()
		for {
			err := f.connect(ctx)
			if err != nil {
				if !yield(Message{}, err) || !f.triesOn(ctx, err) {
					return
				}
				continue
			}
			err = f.read(yield)
			f.leave(ctx, err)
			if err == errEnough {
				return
			}
		}
	}
}

// triesOn reports whether there may be a host after an error of connect.
func (f *follower) triesOn(ctx context.Context, err error) bool {
	until := f.client.cfg.Until
	return errors.Is(err, ErrNoHost) && ctx.Err() == nil && (until == nil || until.Err() == nil)
}

// settle finds where it begins.
func (f *follower) settle(ctx context.Context) error {
	for !f.resolved {
		if err := f.open(ctx); err != nil {
			return err
		}
		f.leave(ctx, f.begin(nil))
	}
	return nil
}

// connect opens a connection to a host. A bounded follower must know where it begins before it
// asks where the log ends: else it might begin after that.
func (f *follower) connect(ctx context.Context) error {
	if f.bounded {
		if err := f.settle(ctx); err != nil {
			return err
		}
	}
	return f.open(ctx)
}

// open opens a connection to a host that sends a first frame.
func (f *follower) open(ctx context.Context) error {
	c := f.client
	within, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, ErrTimeout)
	defer cancel()
	within, release := c.bindSearch(within)
	defer release()
	_, err := c.search(within, f.lost, func(within context.Context, i int, patience, _ time.Duration) (err error) {
		f.conn, err = c.follow(ctx, within, i, patience, f)
		if err == nil && f.bounded && f.resolved {
			if err = f.findEnd(ctx, within, patience); err != nil {
				f.conn.close()
			}
		}
		return err
	})
	f.lost = f.lost || err != nil
	return err
}

// leave closes the connection. If err says that it was lost, the host is left alone for a while.
func (f *follower) leave(ctx context.Context, err error) {
	f.conn.close()
	if err != nil && err != errEnough && ctx.Err() == nil {
		f.lost = true
		_ = f.client.unfollowable(f.conn.index, err) // connect says more about it, if it fails again
	}
}

// read yields what the host sends. It returns errEnough, or why the connection is lost.
func (f *follower) read(yield func(Message, error) bool) error {
	tell := func(hole *HoleError) bool { return yield(Message{}, hole) }
	if err := f.begin(tell); err != nil {
		return err
	}
	for f.end == nil || f.left > 0 {
		in, err := f.conn.next()
		switch {
		case err != nil:
			return err
		case in.Kind == frame.Ack:
			err = f.takeHoles(in.Ack.Marks, tell)
		default:
			err = f.deliver(&in.Data, yield)
		}
		if err != nil {
			return err
		}
	}
	return errEnough
}

// begin reads the vector from which the host goes on, and with it what is missing before that.
func (f *follower) begin(tell func(*HoleError) bool) error {
	if !f.resolved {
		f.seen = new(marks.Vector)
	}
	for more := true; more; {
		in, err := f.conn.first()
		switch {
		case err != nil:
			return err
		case in.Kind != frame.Ack:
			return errUnexpectedFrame
		case in.Ack.Delta: // a sign of life
			continue
		case f.resolved:
			err = f.takeHoles(in.Ack.Marks, tell)
		default:
			err = f.resolve(in.Ack.Marks)
		}
		if err != nil {
			return err
		}
		more = in.Ack.More
	}
	f.resolved = true
	f.client.succeeded(f.conn.index)
	return nil
}

// findEnd finds where the log of the host of the connection ends. Only on one host does all
// that is before its end come before what is after it.
func (f *follower) findEnd(ctx, within context.Context, patience time.Duration) error {
	i, at := f.conn.index, f.client.newFollower(End(), false)
	var err error
	if at.conn, err = f.client.follow(ctx, within, i, patience, at); err != nil {
		return err
	}
	defer at.conn.close()
	if err := at.begin(nil); err != nil {
		if ctx.Err() != nil {
			return contextCause(ctx)
		}
		return f.client.unfollowable(i, err)
	}
	f.end, f.left = at.seen, 0
	for m := range f.end.All() {
		if f.seen.Seq(m.Run) < m.Seq {
			f.left++
		}
	}
	return nil
}

// checkMark returns an error for a mark that no host can have.
func (f *follower) checkMark(run marks.Run, seq uint64) error {
	if !record.ValidRun(run.Origin, run.Boot) || seq > record.MaxSeq {
		return errUnexpectedFrame
	}
	if f.seen.Len() > position.MaxRuns {
		return errTooManyRuns
	}
	return nil
}

// raise notes that the messages of a run up to seq were had, or that they are a hole.
func (f *follower) raise(run marks.Run, have, seq uint64) {
	f.seen.Raise(run, seq)
	f.reach(run, have, seq)
}

// reach counts a run whose end is reached.
func (f *follower) reach(run marks.Run, have, seq uint64) {
	if f.end == nil {
		return
	}
	if end := f.end.Seq(run); have < end && seq >= end {
		f.left--
	}
}

// deliver yields the messages of a row. What was had before is left out, and what comes after
// a gap is not taken: the host would have told a hole.
func (f *follower) deliver(d *frame.Data, yield func(Message, error) bool) error {
	if string(d.Origin) != f.origin {
		f.origin = string(d.Origin)
	}
	run, seq, n := run(f.origin, d.Boot), d.Seq, 1+d.More.Len()
	if err := f.checkMark(run, seq+uint64(n)-1); err != nil || seq == 0 {
		return errors.Join(err, errUnexpectedFrame)
	}
	texts, err := f.split(d)
	if err != nil {
		return err
	}
	m := Message{ID: ID{Origin: run.Origin, Boot: run.Boot, Seq: seq}, Time: time.UnixMilli(d.TimeMS).UTC(), before: position.Of(f.seen)}
	have := f.seen.Seq(run)
	duplicates, taken := f.seen.Take(run, seq, n)
	if duplicates+taken == 0 {
		return errGap
	}
	f.reach(run, have, f.seen.Seq(run))
	for i, length := range f.lengths {
		m.Text, texts = texts[:length], texts[length:]
		if i >= duplicates && !yield(m, nil) {
			return errEnough
		}
		m.ID.Seq++
	}
	return nil
}

// split returns the texts of a row as one string, and sets their lengths. d is then the last
// message of the row.
func (f *follower) split(d *frame.Data) (string, error) {
	f.texts, f.lengths = f.texts[:0], f.lengths[:0]
	for more := true; more; more = d.Next() {
		if err := record.CheckText(d.Text); err != nil {
			return "", fmt.Errorf("%w: %w", errUnexpectedFrame, err)
		}
		length := len(d.Text) - len(crlf)
		f.texts, f.lengths = append(f.texts, d.Text[:length]...), append(f.lengths, length)
	}
	return string(f.texts), nil
}
