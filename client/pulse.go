package client

import "time"

// pulse decides when a connection must say something, and when its host has
// been silent for too long. Only what is heard counts as life: a write that
// succeeds has met a kernel, not a daemon.
type pulse struct {
	keepAlive time.Duration
	silence   time.Duration
	spoke     time.Time // when we last wrote, or began
	owed      time.Time // since when the host owes a word; zero if it does not
}

// wrote notes that we said something, which the host must answer.
func (p *pulse) wrote(now time.Time) {
	p.spoke = now
	if p.owed.IsZero() {
		p.owed = now
	}
}

// heard notes a word of the host, and whether it owes more.
func (p *pulse) heard(now time.Time, more bool) {
	p.owed = time.Time{}
	if more {
		p.owed = now
	}
}

// due reports whether a keep-alive is to be sent.
func (p *pulse) due(now time.Time) bool { return now.Sub(p.spoke) >= p.keepAlive }

// dead reports whether the host is to be given up.
func (p *pulse) dead(now time.Time) bool {
	return !p.owed.IsZero() && now.Sub(p.owed) >= p.silence
}

// next is when to look again. A host that begins to owe only after this was
// asked cannot be dead before: keepAlive lies below silence.
func (p *pulse) next() time.Time {
	next := p.spoke.Add(p.keepAlive)
	if dead := p.owed.Add(p.silence); !p.owed.IsZero() && dead.Before(next) {
		next = dead
	}
	return next
}
