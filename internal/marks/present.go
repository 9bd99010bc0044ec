package marks

import "time"

// renewInterval is how often at the most a claim of a peer begins a new run: a peer that
// lies can make such a claim whenever it likes.
const renewInterval = time.Minute

// Claim is a peer's word that it holds more of this host's present run than any peer
// can have been given.
type Claim struct {
	Run     Run
	Peer    int
	Claimed uint64 // the last message of the run that the peer holds, by its word
	Sent    uint64 // the last one that was given to a peer
	// Confirmed is the last one that the peer, and all others that keep up or claim too
	// much themselves, were believed to hold. What is behind it one of them may lack, and
	// have other texts under the numbers.
	Confirmed uint64
}

// present is what a host knows of its own present run, beside its marks. It decides
// whether what a peer says of it can be believed.
//
// A peer can hold only what a link was given. If it says that it holds more, then this
// host gave out the same numbers before and does not know it, because the machine was
// put back to an earlier state with its memory; or the peer lies. Either way the numbers
// of the run are worth nothing: others hold other texts under them.
type present struct {
	run     Run
	sent    uint64   // the last message of run that a link was given
	held    []uint64 // up to where each peer was believed to hold run. Invariant: held <= given
	ahead   []bool   // the peers that claimed more: their marks of run count no more
	claim   Claim    // the one for which the run is void, or would be after the minute
	void    bool     // no peer's mark of run counts, and a new run is due
	voided  Run      // the last run that was void
	renewed time.Time
}

// begin makes run the present one, of which nothing is given out yet. If there was a claim
// about the one before it, it returns that: the run is void now, also within the minute.
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

// sending notes that a link was given the messages of run up to seq.
func (p *present) sending(run Run, seq uint64) {
	if run == p.run {
		p.sent = max(p.sent, seq)
	}
}

// check judges a peer's word that it holds the present run up to seq. It is true when a
// new run has to begin for it. Within a minute of the last such beginning it is not:
// then the peer alone is not believed any more.
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

// keepsUp is how many messages behind what was given a peer keeps up.
const keepsUp = 4096

// confirmed returns what a claim has as Confirmed.
func (p *present) confirmed() uint64 {
	least := p.sent
	for peer, held := range p.held {
		if p.ahead[peer] || held > 0 && held+keepsUp >= p.sent {
			least = min(least, held)
		}
	}
	return least
}

// counts tells whether a peer's mark of run says that it holds our messages.
func (p *present) counts(peer int, run Run) bool {
	switch run {
	case p.voided:
		return false
	case p.run:
		return !p.void && !p.ahead[peer]
	}
	return true
}
