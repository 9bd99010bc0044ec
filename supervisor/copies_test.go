package supervisor_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/ringtest"
)

// sendFor hands a text to host 0, asks for copies, and returns the answer and
// how long, of virtual time, it took.
func (r *memoryRing) sendFor(text string, copies, timeoutMS uint32) (frame.Ok, time.Duration) {
	r.t.Helper()
	w := r.client()
	w.patience = time.Hour
	begun := time.Now()
	w.write(frame.AppendData(nil, &frame.Data{
		ID: 1, Text: []byte(text + "\r\n"), MinCopies: copies, TimeoutMS: timeoutMS,
	}))
	f, err := w.answer()
	if err != nil || f.Kind != frame.OkKind || f.Ok.ID != 1 || f.Ok.Refusal != 0 {
		r.t.Fatalf("answered by %+v", f)
	}
	return f.Ok, time.Since(begun)
}

// Ok comes when as many hosts as were asked for have the line durably; it
// counts hosts, not sends (DESIGN 6).
func TestOkWaitsForCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.SyncTakes(100*time.Millisecond))
		time.Sleep(2 * time.Second)
		for copies := uint32(1); copies <= 5; copies++ {
			ok, took := r.sendFor("for copies", copies, 0)
			if ok.Copies < copies || ok.Copies > 5 {
				t.Errorf("%d copies asked for, %d made", copies, ok.Copies)
			}
			if took > time.Second {
				t.Errorf("%d copies took %v", copies, took)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestOkTellsWhoLacksACopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(2 * time.Second)
		r.stop(2)
		r.stop(4)
		ok, took := r.sendFor("too few are up", 5, 700)
		if ok.Copies != 3 || !strings.Contains(ok.Detail, "G, S") {
			t.Errorf("%d copies, %q; want 3, and G and S named", ok.Copies, ok.Detail)
		}
		if took < 700*time.Millisecond || took > 800*time.Millisecond {
			t.Errorf("the answer came after %v, want 700ms", took)
		}
		r.start(2)
		r.start(4)
		time.Sleep(5 * time.Second)
		r.requireSame(1, 0, 1, 2, 3, 4)
	})
}
