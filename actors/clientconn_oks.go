package actors

import (
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
)

// identities says under which identities the messages of a batch are in the log: those that are
// new, and not refused, have consecutive seqs of one run in the order of their ids. It has no
// entry for each message.
type identities struct {
	first      marks.Mark       // the first new message; its Seq is 0 if there is none
	duplicates []sequencer.Held // in the order of their ids
}

func identitiesOf(taken *messages.ClientTaken) identities {
	i := identities{duplicates: taken.Duplicates}
	if len(taken.Rows) > 0 {
		i.first = marks.Mark{Run: taken.Rows[0].Run, Seq: taken.Rows[0].Seq}
	}
	return i
}

// appendOks appends the answers to a batch that is logged; ok has what they have in common. An Ok
// answers all ids before it, so there is one for each stretch of consecutive identities, and one for
// each refusal, which answers its own id only.
func (p *pendingBatch) appendOks(dst []byte, ok frame.Ok) []byte {
	refused, duplicates, fresh := p.batch.Refused, p.duplicates, p.first
	for next := p.batch.FirstID; next <= p.batch.LastID; {
		last := p.batch.LastID
		if len(refused) > 0 {
			if r := &refused[0]; r.ID == next {
				dst = frame.AppendOk(dst, &frame.Ok{ID: r.ID, Refusal: r.Reason, Detail: record.Explain(r.Reason, r.Text)})
				refused, next = refused[1:], next+1
				continue
			}
			last = refused[0].ID - 1
		}
		answered := marks.Mark{Run: fresh.Run}
		if len(duplicates) > 0 && duplicates[0].FirstID == next {
			last, answered.Run, answered.Seq = duplicates[0].LastID, duplicates[0].Run, duplicates[0].Seq
			duplicates = duplicates[1:]
		} else {
			if len(duplicates) > 0 {
				last = min(last, duplicates[0].FirstID-1)
			}
			fresh.Seq += last - next + 1
			answered.Seq = fresh.Seq - 1
		}
		ok.ID, ok.Origin, ok.Boot, ok.Seq = last, answered.Origin, answered.Boot, answered.Seq
		dst = frame.AppendOk(dst, &ok)
		next = last + 1
	}
	return dst
}
