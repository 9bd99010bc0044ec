package rings_test

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/ringtest"
)

// inTurn hands in n texts of which none is waited for elsewhere, each when the one before is
// answered and all hosts have dealt with it.
func (r *memoryRing) inTurn(n uint64) {
	r.t.Helper()
	w := r.client()
	for id := uint64(1); id <= n; id++ {
		w.write(frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("nobody waits\r\n")}))
		if f, err := w.answer(); err != nil || f.Ok.ID != id || f.Ok.Refusal != 0 {
			r.t.Fatalf("answered by %+v, %v", f, err)
		}
		time.Sleep(schedule.AckGap / 50)
	}
}

// answers returns how many Oks and Acks host i has sent to host k.
func (r *memoryRing) answers(i, k int) (oks, acks int) {
	oks, _ = r.link(i, k).Sent("Ok")
	acks, _ = r.link(i, k).Sent("Ack")
	return oks, acks
}

// Acknowledgements that nobody waits for go together while they come fast, and not later than the
// delay: from the host
// that the messages come to directly, and from one that they come to over that.
func TestAcknowledgementsThatNobodyWaitsForGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.SyncTakes(0))
		time.Sleep(5*time.Second + 100*time.Millisecond) // between two KeepAlives
		oks, acks := r.answers(1, 0)
		leafOks, leafAcks := r.answers(3, 1)
		_, leafMarks := r.answers(3, 0)
		begun := time.Now()
		r.inTurn(50)
		if took := time.Since(begun); took >= schedule.AckDelay {
			t.Fatalf("the messages took %v", took)
		}
		synctest.Wait()
		if now, nowAcks := r.answers(1, 0); now != oks+1 || nowAcks != acks+1 {
			t.Errorf("%d Oks and %d Acks were sent at once, want those of the first message", now-oks, nowAcks-acks)
		}
		time.Sleep(schedule.AckDelay)
		synctest.Wait()
		if now, nowAcks := r.answers(1, 0); now != oks+2 || nowAcks != acks+2 {
			t.Errorf("+1 has sent %d Oks and %d Acks, want two of each", now-oks, nowAcks-acks)
		}
		if now, nowAcks := r.answers(3, 1); now != leafOks+2 || nowAcks != leafAcks {
			t.Errorf("+3 has sent %d Oks and %d Acks to +1, want two Oks", now-leafOks, nowAcks-leafAcks)
		}
		if _, now := r.answers(3, 0); now != leafMarks+2 {
			t.Errorf("+3 has sent %d Acks to the origin, want two", now-leafMarks)
		}
	})
}

// What a client waits for is not held back, whoever else has sent before it.
func TestCopiesAreNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.SyncTakes(0))
		time.Sleep(2*time.Second + 100*time.Millisecond)
		for copies := uint32(2); copies <= 5; copies++ {
			for range 20 {
				r.inTurn(3)
				if ok, took := r.sendFor("for copies", copies, 0); ok.Copies < copies || took != 0 {
					t.Errorf("%d copies asked for: %d, after %v", copies, ok.Copies, took)
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
}

// If the alarm for what is held back is lost, it goes when the next message comes, and the next
// alarm is set.
func TestALostAlarmHoldsNothingBackForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.SyncTakes(0))
		time.Sleep(2*time.Second + 100*time.Millisecond)
		lost := r.hosts[1].Actor("conns/*").Drop(ringtest.Nth(1, "heldDue"))
		oks, _ := r.answers(1, 0)
		r.inTurn(2)
		time.Sleep(10 * time.Millisecond)
		if now, _ := r.answers(1, 0); now != oks+1 || lost.Fired() != 1 {
			t.Fatalf("%d Oks, and %d alarms are lost", now-oks, lost.Fired())
		}
		r.inTurn(1)
		synctest.Wait()
		if now, _ := r.answers(1, 0); now == oks+1 {
			t.Error("what was held back does not go with the next message")
		}
		oks, _ = r.answers(1, 0)
		r.inTurn(1)
		time.Sleep(schedule.AckDelay)
		synctest.Wait()
		if now, _ := r.answers(1, 0); now != oks+1 {
			t.Errorf("%d Oks after the next alarm, want 1", now-oks)
		}
	})
}
