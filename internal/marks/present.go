package marks

import "time"

// renewInterval is the least time between two runs that begin because of a claim: a lying
// peer can claim too much whenever it likes.
const renewInterval = time.Minute

// Claim says that a peer claims to hold more of this host's present run than this host sent
// to any peer.
type Claim struct {
	Run     Run
	Peer    int
	Claimed uint64 // the last message of the run that the peer claims to hold
	Sent    uint64 // the last message that was sent to any peer
	// Confirmed is the last message that the peer that claims, all others that claim too
	// much, and all that keep up are believed to hold. One of them may lack the messages
	// after it, and have other texts under their numbers.
	Confirmed uint64
}

// present is the present run of this host, and what peers were sent of it. It decides
// whether to believe what a peer says of the run.
//
// A peer can hold only what a link has sent. If it claims more, this host gave the same
// numbers to other messages before and does not know it, because the machine was restored
// to an earlier state; or the peer lies. Either way the numbers are ambiguous, and the run
// is void: this host begins a new one.
type present struct {
	run     Run
	sent    uint64    // the last message of run that was sent to any peer
	held    []uint64  // the last message of run that each peer is believed to hold. Invariant: held[i] <= sent
	ahead   []bool    // the peers that claimed more; their marks of run do not count any more
	claim   Claim     // the first such claim about run, if there was one
	void    bool      // because of claim; no peer's mark of run counts, and a new run has to begin
	voided  Run       // the last run that was void
	renewed time.Time // when the run before it was void
}

// begin makes run the present run, of which nothing has been sent. If there was a claim
// about the run before, that run is void now, even within renewInterval, and begin returns
// the claim.
func (p *present) begin(run Run, now time.Time) (claim Claim, void bool) {
	claim, void = p.claim, p.claim != Claim{}
	if void {
		p.voided, p.renewed = p.run, now
	}
	p.run, p.sent = run, 0
	clear(p.held)
	p.claim, p.void = Claim{}, false
	clear(p.ahead)
	return claim, void
}

// sending notes that a link is about to send the messages of run up to seq.
func (p *present) sending(run Run, seq uint64) {
	if run == p.run {
		p.sent = max(p.sent, seq)
	}
}

// check takes a peer's statement that it holds the present run up to seq. It returns true
// if a new run has to begin because of it. Within renewInterval of the last such beginning
// it returns false, and the marks of this peer alone stop counting.
func (p *present) check(peer int, seq uint64, now time.Time) (renew bool) {
	if seq <= p.sent && !p.ahead[peer] {
		if !p.void {
			p.held[peer] = max(p.held[peer], seq)
		}
		return false
	}
	p.ahead[peer] = true
	if !p.void {
		p.void = now.Sub(p.renewed) >= renewInterval
		p.claim = Claim{Run: p.run, Peer: peer, Claimed: seq, Sent: p.sent, Confirmed: p.confirmed()}
	}
	return p.void
}

// keepsUp is how many messages a peer that keeps up may be behind what was sent.
const keepsUp = 4096

// confirmed returns the value for Claim.Confirmed.
func (p *present) confirmed() uint64 {
	least := p.sent
	for peer, held := range p.held {
		if p.ahead[peer] || held > 0 && held+keepsUp >= p.sent {
			least = min(least, held)
		}
	}
	return least
}

// counts reports whether a peer's mark of run counts as a copy of our messages.
func (p *present) counts(peer int, run Run) bool {
	switch run {
	case p.voided:
		return false
	case p.run:
		return !p.void && !p.ahead[peer]
	}
	return true
}
