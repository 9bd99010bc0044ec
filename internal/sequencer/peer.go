package sequencer

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/resend"
	"xlattice.org/zog/internal/row"
)

// Why a batch of a peer is rejected.
var (
	errSeq    = errors.New("seq is over 2^48-1")
	errForged = errors.New("a message that claims to be ours and is not")
)

// FromPeer takes the messages of a peer's batch that are next in their runs. firstID is the
// id of the first one. With an error the batch is rejected as a whole, and the peer is at
// fault. FromPeer overwrites rows with those that it returns.
func (s *Sequencer) FromPeer(peer int, firstID uint64, rows []row.Row, now time.Time) (d PeerDecision, err error) {
	// Check all before anything is taken: what is taken must be logged.
	if err := s.believe(rows); err != nil {
		return d, err
	}
	id, of, kept := firstID, row.Count(rows), rows[:0]
	for i := range rows {
		came := rows[i]
		if fresh := s.takeRow(&d, peer, &came, id, now); fresh.Len() > 0 {
			kept = append(kept, fresh)
		}
		id += uint64(came.Len())
	}
	clear(rows[len(kept):])
	d.Rows = row.Compact(kept, of)
	s.cfg.Repairs.Taken(peer, &s.taken, now)
	d.AskRepair = d.Gap.Seq != 0 && s.cfg.Repairs.Gap(peer, d.Gap, &s.taken, now)
	return d, nil
}

// believe returns an error if the rows have what cannot be true. No seq may be so large
// that a number computed from it can overflow.
func (s *Sequencer) believe(rows []row.Row) error {
	for i := range rows {
		switch came := &rows[i]; {
		case came.Last() > record.MaxSeq: // of a row only the first seq was checked
			return errSeq
		case came.Run == s.run && came.Last() > s.seq:
			return errForged
		}
	}
	return nil
}

// takeRow takes the messages of a row that are next, and returns them. id is that of the
// first message.
func (s *Sequencer) takeRow(d *PeerDecision, peer int, came *row.Row, id uint64, now time.Time) (fresh row.Row) {
	isNew := s.taken.Seq(came.Run) == 0
	if isNew && !s.wants(d, peer, came.Run, now) {
		d.Unwanted += came.Len()
		return fresh
	}
	had, took := s.offer(d, peer, came, now)
	if isNew {
		s.count(peer, came.Run, now)
	}
	if had > 0 {
		d.Duplicates += had
		d.hold(Held{FirstID: id, LastID: id + uint64(had) - 1, Run: came.Run, Seq: came.Seq + uint64(had) - 1})
		s.compare(d, came, had)
	}
	if took > 0 {
		fresh = came.Slice(had, had+took)
		s.remember(resend.Owner{Peer: peer}, &fresh, now)
	}
	if had+took == 0 {
		d.BehindGap += came.Len()
		if d.Gap.Seq == 0 {
			d.Gap = marks.Mark{Run: came.Run, Seq: came.Seq}
		}
	}
	return fresh
}

// wants reports whether a run that a peer brings, and that this host does not have, is
// taken. Each run costs memory and time for as long as it is kept, and a peer can invent
// any number of them (marks.RunLimiter). A run whose origin is not in the ring is taken
// only in a repair that this host has asked for.
func (s *Sequencer) wants(d *PeerDecision, peer int, run marks.Run, now time.Time) bool {
	repairer, asked := s.cfg.Repairs.Repairer()
	unknown := s.cfg.Describe(peer, run)
	if unknown.Origin == marks.NotInRing && !(asked && repairer == peer) {
		return false
	}
	if s.cfg.Runs.Admits(unknown, s.cfg.Limits(), now) {
		return true
	}
	if d.Surplus.Boot == 0 {
		d.Surplus = run
	}
	return false
}

// offer takes the messages of a row that are next: the first had messages are duplicates,
// and the next took are taken. If both are 0, there is a gap before the row. If the row
// begins with the first message that any host still has, the gap becomes a hole, and the
// row is taken.
func (s *Sequencer) offer(d *PeerDecision, peer int, came *row.Row, now time.Time) (had, took int) {
	had, took = s.taken.Take(came.Run, came.Seq, came.Len())
	if had+took > 0 || !s.mayBridge(peer, came, now) {
		return had, took
	}
	hole := Hole{Run: came.Run, First: s.taken.Seq(came.Run) + 1, Last: came.Seq - 1}
	s.taken.Set(hole.Mark())
	d.Holes = append(d.Holes, hole)
	return s.taken.Take(came.Run, came.Seq, came.Len())
}

// mayBridge reports whether a row may be taken although messages before it are missing. An
// origin that does not dial us may still answer on the connection that we dialled, and deny
// that its run goes so far.
func (s *Sequencer) mayBridge(peer int, came *row.Row, now time.Time) bool {
	if !s.cfg.Repairs.MayDeclareHole(peer, came.Run, came.Seq, &s.taken, now) {
		return false
	}
	origin, known := s.cfg.Index(came.Origin)
	return !known || !s.cfg.Denies(origin, came.Run, came.Seq)
}

// compare compares the texts of the first had messages of a row, which are duplicates, with
// ours. Two texts under one identity mean that a host was restored to an earlier state, or
// lies. The logs will always differ there.
func (s *Sequencer) compare(d *PeerDecision, came *row.Row, had int) {
	for i := range had {
		seq := came.Seq + uint64(i)
		if !s.texts.Differs(came.Run, seq, came.Text(i)) {
			continue
		}
		if d.Conflicts++; d.Conflicts == 1 {
			d.Conflict = marks.Mark{Run: came.Run, Seq: seq}
		}
	}
}
