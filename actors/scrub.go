package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/messages"
)

const (
	// scrubEvery is the time between two passes over the log.
	scrubEvery = 24 * time.Hour
	// scrubPause is the time between two blocks of 64 KiB. So about 6 MiB are read in a second,
	// which slows down no other reader.
	scrubPause = 10 * time.Millisecond
)

// scrub reads sealed segments again, block by block, and compares them with their checksums, so
// that a flipped bit is found while a peer still has the line. It does so after the start of the
// host, and once a day.
type scrub struct {
	node     *Node
	scrubber *journal.Scrubber
	timer    *time.Timer
}

// nextBlock is the alarm for the next block, or the next pass.
type nextBlock struct{}

// NewScrub returns the props of the scrubber.
func NewScrub(node *Node) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &scrub{node: node} })
}

// Receive implements actor.Actor.
func (s *scrub) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		s.timer = sendAfter(ctx, time.Second, &nextBlock{})
	case *nextBlock:
		s.timer = sendAfter(ctx, s.readBlock(ctx), &nextBlock{})
	case *actor.Stopping, *actor.Restarting:
		stopTimers(s.timer)
		s.end()
	}
}

// readBlock reads a block, and returns how long to wait before the next.
func (s *scrub) readBlock(ctx actor.Context) time.Duration {
	if s.scrubber == nil {
		s.scrubber = s.node.journal.Scrubber()
	}
	switch err := s.scrubber.Next(); {
	case errors.Is(err, io.EOF):
		s.end()
		return scrubEvery
	case err != nil:
		ctx.Send(s.node.AccessLog(), &messages.Damaged{Err: err})
	}
	return scrubPause
}

func (s *scrub) end() {
	if s.scrubber != nil {
		closeLogReader(s.node.Log, s.scrubber)
		s.scrubber = nil
	}
}
