package marks

import "time"

// Acked notes a vector that comes in one part.
func (l *Ledger) Acked(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.Acking(peer, delta)
	v.Take(vector)
	return l.AckedVector(peer, v, now)
}

// Heard notes a vector that comes in one part.
func (l *Ledger) Heard(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.Hearing(peer, delta)
	v.Take(vector)
	return l.HeardVector(peer, v, now)
}
