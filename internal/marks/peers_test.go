package marks

import "testing"

// Only a peer that answers now denies something.
func TestWhoAnswersDeniesWhatItDoesNotHold(t *testing.T) {
	l := NewLedger(3, 0, new(Vector))
	if l.Denies(1, run, 3) || l.Denies(0, run, 3) {
		t.Error("who has said nothing denies")
	}
	l.Acked(1, upTo(2), false, at(0))
	if !l.Denies(1, run, 3) || l.Denies(1, run, 2) || l.Denies(2, run, 3) {
		t.Error("it denies what it holds, or not what it does not hold")
	}
	l.Disconnected(1)
	if l.Denies(1, run, 3) {
		t.Error("who is silent denies")
	}
}
