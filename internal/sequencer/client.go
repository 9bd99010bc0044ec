package sequencer

import (
	"bytes"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/resend"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages/pzog"
)

// noPeer is the Peer of an owner that is a client's connection.
const noPeer = -1

// FromClient assigns identities to the messages of a client: the next seqs of the present
// run, except for messages that are sent again. conn names the connection, and seconds is
// the Unix time for the messages. The run must have room for them.
func (s *Sequencer) FromClient(conn string, rows []row.Unidentified, now time.Time, seconds int64) (d ClientDecision) {
	owner, of, kept := resend.Owner{Peer: noPeer, Conn: conn}, row.Count(rows), make([]row.Row, 0, len(rows))
	for i := range rows {
		for rest, left := rows[i], rows[i].Len(); left > 0; {
			run, seq, n, known := s.resent.Find(rest.Session, rest.Number, left)
			if came := rest.Slice(0, n); known {
				s.sentAgain(&d, &came, run, seq)
			} else {
				kept = append(kept, s.identify(owner, &came, now, seconds))
			}
			if left -= n; left > 0 {
				rest = rest.Slice(n, n+left)
			}
		}
	}
	d.Rows = row.Compact(kept, of)
	return d
}

// sentAgain decides about messages whose names are known: they are message seq of run and
// those after it, and are answered under these identities. One whose text is known to
// differ is refused: an Ok would be for a text that no log has.
func (s *Sequencer) sentAgain(d *ClientDecision, came *row.Unidentified, run marks.Run, seq uint64) {
	for i := range came.Len() {
		id, seq, text := came.ID+uint64(i), seq+uint64(i), came.Text(i)
		if s.texts.Differs(run, seq, text) {
			d.Refused = append(d.Refused, Refused{ID: id, Reason: pzog.Refusal_NUMBER_REUSED, Text: bytes.Clone(text)})
			continue
		}
		d.Resent++
		d.hold(Held{FirstID: id, LastID: id, Run: run, Seq: seq})
	}
}

// identify assigns the next seqs of the present run.
func (s *Sequencer) identify(owner resend.Owner, came *row.Unidentified, now time.Time, seconds int64) row.Row {
	r := came.Identify(s.run, s.seq+1, seconds)
	s.takeOwn(owner, &r, now)
	return r
}

// takeOwn takes a row that has the next seqs of the present run.
func (s *Sequencer) takeOwn(owner resend.Owner, r *row.Row, now time.Time) {
	s.seq = r.Last()
	s.taken.Raise(r.Run, s.seq)
	if r.Seq == 1 {
		s.count(s.cfg.Self, r.Run, now)
	}
	s.remember(owner, r, now)
}

// Renumber assigns identities in the present run to messages of a void one. They keep their
// times. So they reach all hosts, but hosts that have them under the old identity have them
// twice. It overwrites and returns rows.
func (s *Sequencer) Renumber(rows []row.Row, now time.Time) []row.Row {
	for i := range rows {
		r := &rows[i]
		r.Run, r.Seq = s.run, s.seq+1
		s.takeOwn(resend.Owner{Peer: noPeer}, r, now)
	}
	return rows
}
