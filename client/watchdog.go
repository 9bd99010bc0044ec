package client

import "time"

// silenceChecks is how many checks the allowed silence of a host that owes an answer has.
// At half of them the host is probed, at the last it is lost.
const silenceChecks = 8

// firstKeepAlive is when a connection without messages sends its first keep-alive: a host
// closes one on which no frame came in time (limits.first_frame, a second or more).
const firstKeepAlive = 500 * time.Millisecond

// action is what the connection does after a check.
type action int

const (
	keepListening action = iota
	probe                // send a keep-alive, which the host must answer
	declareLost          // the host was silent for too long
)

// watchdog decides when a connection sends a keep-alive, and when its host has been silent
// for too long. Only what is received proves that the host is alive: a write that succeeds
// has reached a kernel, not a daemon.
//
// It counts checks instead of time. Between two checks the reader tries to read. If this
// process itself was stopped or starved, a check comes late. Then nothing is held against
// the host: it is probed again, and what arrived meanwhile is read first.
type watchdog struct {
	keepAlive    time.Duration // the interval of keep-alives
	silence      time.Duration // how long a host that owes an answer may be silent
	allowed      time.Duration // the same until the host next sends something; silence or less
	lastSent     time.Time     // the last write, or the start
	hasSent      bool          // there was a write
	nextCheck    time.Time
	silentChecks int  // checks since the last receipt at which an answer was owed
	probed       bool // a keep-alive is unanswered
	idle         bool // nothing is owed; the next check is for the keep-alive
}

func newWatchdog(cfg *Config, now time.Time) watchdog {
	w := watchdog{
		keepAlive: cfg.KeepAlive, silence: cfg.Silence, allowed: cfg.Silence,
		lastSent: now, idle: true,
	}
	w.nextCheck = w.keepAliveDue()
	return w
}

// keepAliveDue returns when the next keep-alive is due.
func (w *watchdog) keepAliveDue() time.Time {
	if w.hasSent {
		return w.lastSent.Add(w.keepAlive)
	}
	return w.lastSent.Add(min(firstKeepAlive, w.keepAlive))
}

// check is called at nextCheck if nothing was received, and sets the next one. pending says
// whether a message is unanswered.
func (w *watchdog) check(now time.Time, pending bool) action {
	due := !now.Before(w.keepAliveDue())
	owed := pending || w.probed
	if w.idle = !owed && !due; w.idle {
		w.silentChecks, w.nextCheck = 0, w.keepAliveDue()
		return keepListening
	}
	if late := now.Sub(w.nextCheck) >= w.checkInterval(); late {
		w.silentChecks = min(w.silentChecks, silenceChecks/2-1)
	}
	if owed {
		w.silentChecks++
	}
	w.nextCheck = now.Add(w.checkInterval())
	switch {
	case w.silentChecks >= silenceChecks:
		return declareLost
	case due, w.silentChecks == silenceChecks/2:
		w.probed, w.lastSent, w.hasSent = true, now, true
		return probe
	}
	return keepListening
}

// checkInterval is the time between checks while an answer is owed. All checks together take
// a little less than the allowed silence, so that another host is found within it.
func (w *watchdog) checkInterval() time.Duration { return w.allowed * 24 / 25 / silenceChecks }

// noteSent records a write, which the host must answer. It reports whether nextCheck has
// changed.
func (w *watchdog) noteSent(now time.Time) bool {
	w.lastSent, w.hasSent = now, true
	if !w.idle {
		return false
	}
	w.idle, w.nextCheck = false, now.Add(w.checkInterval())
	return true
}

// noteReceived records that the host sent something.
func (w *watchdog) noteReceived() {
	w.silentChecks, w.probed, w.allowed = 0, false, w.silence
}

// shorten lowers the allowed silence until the host sends something. It stays longer than
// the interval of a host's signs of life, and longer still if the connection is shared: the
// messages of others on it would all be sent again.
func (w *watchdog) shorten(d time.Duration, shared bool) {
	least := w.silence * 3 / 8
	if shared {
		least = w.silence / 2
	}
	w.allowed = min(w.allowed, max(d, least))
}
