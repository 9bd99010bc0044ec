package relay

import "time"

// The limits in bytes for what is in flight: to a peer that answers slowly or has only
// begun to answer, and to a fast one (I6).
const (
	minFlight = 1 << 20
	maxFlight = 8 << 20
)

// AnswerBytes is from how many unanswered bytes on a host answers its peer at once: a quarter
// of the least that the peer may have in flight, so that it need not wait for the answer.
const AnswerBytes = minFlight / 4

// pace limits what is in flight to twice what the peer has answered within a second.
// Buffers on the way accept whatever is sent at once. So a fixed limit would be too low for
// a fast peer, or so high that a slow peer answers later than AnswerTimeout and seems to be
// down. The zero value is ready for use.
type pace struct {
	begun       time.Time // when the present second began
	now, before int       // bytes answered in the present second, and in the seconds before, halved each second
}

// answered notes that so many bytes were answered.
func (p *pace) answered(bytes int, at time.Time) {
	if at.Sub(p.begun) >= time.Second {
		p.begun, p.now, p.before = at, 0, max(p.now, p.before/2)
	}
	p.now += bytes
}

// limit returns the number of bytes in flight from which nothing more is sent.
func (p *pace) limit() int { return min(max(minFlight, 2*max(p.now, p.before)), maxFlight) }
