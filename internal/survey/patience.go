package survey

import "time"

const (
	// signOfLife is the longest time that we say nothing while an answer is owed. The
	// host answers each KeepAlive at once, whatever it is reading, and closes a
	// connection on which it hears nothing.
	signOfLife = time.Second
	// lateness is how late an alarm may be. One that is later says that this process
	// itself was stopped or starved, and nothing about the host.
	lateness = 500 * time.Millisecond
)

// patience decides how long an answer is waited for. Every byte of the host counts
// as life, so a host that reads a long log is waited for as long as it takes.
type patience struct {
	limit time.Duration // the longest silence
	heard time.Time     // the last byte, or when the wait began
	spoke time.Time     // our last word
}

// alarm is when to look again if nothing is heard until then.
func (p *patience) alarm() time.Time {
	speak, lost := p.spoke.Add(min(signOfLife, p.limit/2)), p.heard.Add(p.limit)
	if speak.Before(lost) {
		return speak
	}
	return lost
}

// over is for an alarm that has fired, and tells whether the host has been silent for
// too long. After an alarm that is late the wait begins anew: what the host said
// meanwhile has not been read yet.
func (p *patience) over(now time.Time) bool {
	if now.Sub(p.alarm()) > lateness {
		p.heard = now
	}
	return now.Sub(p.heard) >= p.limit
}
