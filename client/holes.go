package client

import (
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/messages/pzog"
)

// resolve takes over a part of the vector that End, Since or Last stands for.
func (f *follower) resolve(part []*pzog.Mark) error {
	for _, m := range part {
		run := run(m.Origin, m.Boot)
		if err := f.checkMark(run, m.Seq); err != nil {
			return err
		}
		if seq := max(m.Seq, lastBefore(m)); seq > 0 {
			f.seen.Raise(run, seq)
		}
	}
	return nil
}

// lastBefore returns the last message of a run that the host does not have any more.
func lastBefore(m *pzog.Mark) uint64 { return max(m.First, 1) - 1 }

// takeHoles takes over from a host's marks what it does not have any more, and tells each.
func (f *follower) takeHoles(part []*pzog.Mark, tell func(*HoleError) bool) error {
	for _, m := range part {
		run, last := run(m.Origin, m.Boot), lastBefore(m)
		if err := f.checkMark(run, last); err != nil {
			return err
		}
		have := f.seen.Seq(run)
		if last <= have {
			continue
		}
		before := position.Of(f.seen)
		f.raise(run, have, last)
		if !tell(f.hole(run, have+1, last, before)) {
			return errEnough
		}
	}
	return nil
}

func (f *follower) hole(run marks.Run, first, last uint64, before position.Position) *HoleError {
	return &HoleError{First: ID{Origin: run.Origin, Boot: run.Boot, Seq: first}, Last: last, Host: f.conn.host, before: before}
}
