package relay

import "time"

// What may be in flight, in bytes, to a peer that answers slowly or has only begun to,
// and to one that is fast (I6).
const (
	minFlight = 1 << 20
	maxFlight = 8 << 20
)

// pace bounds what is in flight by how fast the peer answers: to twice what it has
// answered within a second. Buffers on the way take whatever is sent at once, so a
// fixed bound would be too low for a fast peer, or let a slow one seem not to answer
// for longer than is waited for it.
//
// The zero value is ready.
type pace struct {
	begun       time.Time // the second that is counted
	now, before int       // bytes answered in it; and before, halved with each second
}

// answered notes that so many bytes were answered.
func (p *pace) answered(bytes int, at time.Time) {
	if at.Sub(p.begun) >= time.Second {
		p.begun, p.now, p.before = at, 0, max(p.now, p.before/2)
	}
	p.now += bytes
}

// limit returns how many bytes in flight are enough: with as many, nothing more is sent.
func (p *pace) limit() int { return min(max(minFlight, 2*max(p.now, p.before)), maxFlight) }
