package client

import "time"

// looks is into how many looks the patience with a host that owes a word is
// divided. At half of them the host is asked, after the last it is given up.
const looks = 8

// firstWord is after how long a connection on which nothing was said says something: a
// host closes one without a whole frame in time (limits.first_frame, a second or more).
const firstWord = 500 * time.Millisecond

// step is what a look asks for.
type step int

const (
	stay   step = iota // go on listening
	ask                // say a keep-alive, which the host must answer
	giveUp             // the host has been silent for too long
)

// pulse decides when a connection asks its host for a word, and when the host has
// been silent for too long. Only what is heard counts as life: a write that
// succeeds has met a kernel, not a daemon.
//
// It counts looks and not time. Before each look the reader listens for a pause.
// A process that was itself stopped or starved makes one look late, which judges
// nothing: the host is asked again, and what came meanwhile is read first.
type pulse struct {
	keepAlive time.Duration // something is said at least so often
	silence   time.Duration // a host that owes a word may be silent for so long
	patience  time.Duration // with the host now: silence, or less until its next word
	spoke     time.Time     // when we last wrote, or began
	said      bool          // we have written
	next      time.Time     // when the pause is over
	quiet     int           // looks since the last word, at which one was owed
	asked     bool          // and nothing was heard since
	calm      bool          // nothing is owed, so the next look is for the keep-alive
}

func newPulse(cfg *Config, now time.Time) pulse {
	p := pulse{
		keepAlive: cfg.KeepAlive, silence: cfg.Silence, patience: cfg.Silence,
		spoke: now, calm: true,
	}
	p.next = p.due()
	return p
}

// due is when something has to be said.
func (p *pulse) due() time.Time {
	if p.said {
		return p.spoke.Add(p.keepAlive)
	}
	return p.spoke.Add(min(firstWord, p.keepAlive))
}

// look is for the end of a pause; pending says whether a message is unanswered.
// It returns what is to be done. The pause that begins then ends at next.
func (p *pulse) look(now time.Time, pending bool) step {
	due := !now.Before(p.due())
	owed := pending || p.asked
	if p.calm = !owed && !due; p.calm {
		p.quiet, p.next = 0, p.due()
		return stay
	}
	if late := now.Sub(p.next) >= p.pause(); late {
		p.quiet = min(p.quiet, looks/2-1)
	}
	if owed {
		p.quiet++
	}
	p.next = now.Add(p.pause())
	switch {
	case p.quiet >= looks:
		return giveUp
	case due, p.quiet == looks/2:
		p.asked, p.spoke, p.said = true, now, true
		return ask
	}
	return stay
}

// pause is the time from one look to the next while a word is owed. All looks take a
// little less than the patience, so that another host is found before it is over.
func (p *pulse) pause() time.Duration { return p.patience * 24 / 25 / looks }

// wrote notes that we said something, which the host must answer. It reports
// whether a pause begins with that; else one is under way.
func (p *pulse) wrote(now time.Time) bool {
	p.spoke, p.said = now, true
	if !p.calm {
		return false
	}
	p.calm, p.next = false, now.Add(p.pause())
	return true
}

// heard notes a word of the host.
func (p *pulse) heard() {
	p.quiet, p.asked, p.patience = 0, false, p.silence
}

// hurry makes the patience shorter until the next word. It stays longer than a
// host at work takes from one sign of life to the next, and twice as long if the
// connection is shared: others have messages on it, which would all be sent again.
func (p *pulse) hurry(patience time.Duration, shared bool) {
	least := p.silence * 3 / 8
	if shared {
		least = p.silence / 2
	}
	p.patience = min(p.patience, max(patience, least))
}
