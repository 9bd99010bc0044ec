package marks

// Denies tells whether a peer that answers us now says that it does not hold run as far as
// message seq. Of its own runs a peer knows.
func (l *Ledger) Denies(peer int, run Run, seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered[peer] && l.acked[peer].Seq(run) < seq
}
