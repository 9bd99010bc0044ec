package rings_test

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// A host that stops answers what it has logged, with the copies that there
// are, and does not wait for more.
func TestAStoppingHostAnswersWhoWaitsForCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		time.Sleep(time.Second)
		w := r.client()
		w.patience = time.Minute
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n"), MinCopies: 2, TimeoutMS: 20_000}))
		time.Sleep(time.Second)
		stopped := make(chan error)
		go func() { stopped <- r.hosts[0].TryStop() }()
		if f, err := w.answer(); err != nil || f.Kind != frame.OkKind || f.Ok.Copies != 1 {
			t.Errorf("answered by %+v, %v", f.Ok, err)
		}
		w.conn.Close()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// A host that stops writes its answers before it closes its side: also one that
// it puts off, as something waits behind it.
func TestAStoppingHostWritesItsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		w := r.client()
		sync := r.hosts[0].Disk().Hang("sync")
		answer := r.hosts[0].Actor("conns/*").Hang(ringtest.Nth(1, "Logged"))
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("last words\r\n")}))
		time.Sleep(time.Second)
		stopped := make(chan error)
		go func() { stopped <- r.hosts[0].TryStop() }()
		time.Sleep(time.Second)
		sync.Heal()
		time.Sleep(time.Second)
		w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
		time.Sleep(time.Second / 2)
		answer.Heal()
		if f, err := w.answer(); err != nil || f.Kind != frame.OkKind || f.Ok.ID != 1 {
			t.Errorf("logged, and answered by %+v, %v", f.Ok, err)
		}
		w.conn.Close()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if answer.Fired() == 0 {
			t.Error("the answer did not hang")
		}
	})
}

// With `fsync: interval` the alarm for the sync may stand behind a message in
// the access log's mailbox: the message is logged all the same.
func TestASyncThatIsDueHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("log: {fsync: interval, fsync_interval: 1s}"))
		text := func(id uint64) []byte { return frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("x\r\n")}) }
		a, b := r.dialPort(fromAfar, r.ring.Ports.Client), r.dialPort(fromAfar, r.ring.Ports.Client)
		a.write(text(1)) // arms the alarm, for 1 s
		a.read()
		time.Sleep(900 * time.Millisecond)
		r.hosts[0].Disk().Slow(300*time.Millisecond, ringtest.Every("write"))
		a.write(text(2)) // is being written from 0.9 s to 1.2 s
		time.Sleep(50 * time.Millisecond)
		b.write(text(1)) // waits, and behind it the alarm
		if f, err := b.answer(); err != nil || f.Kind != frame.OkKind {
			t.Errorf("answered by %+v", f)
		}
	})
}

// A client whose batch was lost between log and connection is not left waiting: the
// connection ends with the word of the next batch, and it sends again.
func TestALostAnswerEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		r.hosts[0].Actor("conns/*").Drop(ringtest.Nth(1, "Logged"))
		w := r.client()
		for id := uint64(1); id <= 2; id++ {
			w.write(frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("text\r\n")}))
			time.Sleep(100 * time.Millisecond)
		}
		if f, err := w.try(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("it hears %+v, %v", f, err)
		}
	})
}

// A refusal answers its own id and no other: what stands before it is Ok'd
// first (docs/protocol.md), under its identity. What is refused has none.
func TestARefusalAnswersOneText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		w := r.dialPort(fromAfar, r.ring.Ports.Client)
		var out []byte
		for i, text := range []string{"good\r\n", "good\r\n", "no end", "good\r\n", "a\tb\r\n"} {
			out = frame.AppendData(out, &frame.Data{ID: uint64(i + 1), Text: []byte(text)})
		}
		for id := uint64(6); id <= 7; id++ {
			out = frame.AppendData(out, &frame.Data{ID: id, Text: []byte("wrapped\r\n"), Wrapping: uint32(id - 4)})
		}
		w.write(out)
		for _, want := range []frame.Ok{
			{ID: 2, Copies: 1, Seq: 2}, {ID: 3, Refusal: pzog.Refusal_NO_CRLF}, {ID: 4, Copies: 1, Seq: 3},
			{ID: 5, Refusal: pzog.Refusal_CONTROL}, {ID: 6, Copies: 1, Seq: 4}, {ID: 7, Refusal: pzog.Refusal_BAD_WRAPPING},
		} {
			got := w.read().Ok
			if run := r.hosts[0].Present(); want.Seq > 0 {
				want.Origin, want.Boot = run.Origin, run.Boot
			}
			if got.Detail = ""; got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		r.requireSame(4, 0)
	})
}
