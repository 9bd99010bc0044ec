package marks

import "time"

// Acked commits a vector of Acks that comes in one frame.
func (l *Ledger) Acked(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.BeginAck(peer, delta)
	v.Add(vector)
	return l.CommitAck(peer, v, now)
}

// Heard commits a vector of KeepAlives that comes in one frame.
func (l *Ledger) Heard(peer int, vector []Mark, delta bool, now time.Time) (void bool) {
	v := l.BeginKeepAlive(peer, delta)
	v.Add(vector)
	return l.CommitKeepAlive(peer, v, now)
}
