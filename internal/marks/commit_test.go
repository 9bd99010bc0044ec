package marks

import "time"

// Acked notes a vector that comes in one part.
func (l *Ledger) Acked(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.BeginAck(peer, delta)
	v.Add(vector)
	return l.CommitAck(peer, v, now)
}

// Heard notes a vector that comes in one part.
func (l *Ledger) Heard(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.BeginKeepAlive(peer, delta)
	v.Add(vector)
	return l.CommitKeepAlive(peer, v, now)
}
