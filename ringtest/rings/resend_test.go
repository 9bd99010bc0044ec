package rings_test

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// A message that a client sends again, to the same host or another, is logged
// once, if the host has seen it in the last ten minutes and was not restarted. It is then
// answered under the identity under which it was logged, and otherwise under a new one.
func TestAMessageThatIsSentAgain(t *testing.T) {
	t.Parallel()
	first := frame.Data{Text: []byte("once\r\n"), Session: 77, Number: 1}
	for name, tt := range map[string]struct {
		again  frame.Data
		to     int
		before func(r *memoryRing)
		lines  int
	}{
		"to the same host":               {first, 0, nil, 1},
		"to another host":                {first, 3, nil, 1},
		"is another number":              {frame.Data{Text: []byte("once\r\n"), Session: 77, Number: 2}, 0, nil, 2},
		"is another session's":           {frame.Data{Text: []byte("once\r\n"), Session: 78, Number: 1}, 0, nil, 2},
		"has no session":                 {frame.Data{Text: []byte("once\r\n"), Number: 1}, 0, nil, 2},
		"after nine minutes":             {first, 0, func(*memoryRing) { time.Sleep(9 * time.Minute) }, 1},
		"after eleven minutes":           {first, 0, func(r *memoryRing) { time.Sleep(11 * time.Minute) }, 2},
		"to a host that was restarted":   {first, 0, func(r *memoryRing) { r.stop(0); r.start(0); time.Sleep(2 * time.Second) }, 2},
		"to another, after it restarted": {first, 1, func(r *memoryRing) { r.stop(0); r.start(0); time.Sleep(2 * time.Second) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 5)
				time.Sleep(2 * time.Second)
				before, answered := r.ask(0, first)
				if !answered || before.Refusal != 0 || before.Origin != r.hosts[0].Name() || before.Seq != 1 {
					t.Fatalf("answered by %+v", before)
				}
				time.Sleep(time.Second)
				known := tt.lines == 1
				if tt.before != nil {
					tt.before(r)
					// What is out of date goes when something new comes.
					r.ask(tt.to, frame.Data{Text: []byte("news\r\n"), Session: 1, Number: 1})
					tt.lines++
				}
				tt.again.MinCopies = 5
				ok, answered := r.ask(tt.to, tt.again)
				if !answered || ok.Refusal != 0 || ok.Copies != 5 {
					t.Errorf("answered by %+v", ok)
				}
				if identity(ok) == identity(before) != known || ok.Seq == 0 {
					t.Errorf("it is %v, and before it was %v", identity(ok), identity(before))
				}
				time.Sleep(2 * time.Second)
				r.requireSame(tt.lines, 0, 1, 2, 3, 4)
			})
		})
	}
}

// A name that stands for another text already is no resent message: an Ok would be for a
// text that is in no log. The others of its batch are taken, and each id is answered.
func TestANameThatIsUsedForAnotherText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(2 * time.Second)
		r.ask(0, frame.Data{Text: []byte("one\r\n"), Session: 77, Number: 1})
		r.ask(0, frame.Data{Text: []byte("two\r\n"), Session: 77, Number: 2})
		time.Sleep(time.Second)
		other := frame.Data{Text: []byte("twice\r\n"), Session: 77, Number: 2}
		for host := range 5 { // the one that took it, and those that have it from the tree
			if ok, answered := r.ask(host, other); !answered || ok.Refusal != pzog.Refusal_NUMBER_REUSED {
				t.Errorf("host %d: answered by %+v", host, ok)
			}
		}
		w := r.dialPort(fromAfar, r.ring.Ports.Client)
		var out []byte
		for i, d := range []frame.Data{
			{Text: []byte("one\r\n"), Session: 77, Number: 1},
			{Text: []byte("a\x00\r\n"), Session: 77, Number: 90},
			other,
			{Text: []byte("new\r\n"), Session: 77, Number: 91},
		} {
			d.ID = uint64(i + 1)
			out = frame.AppendData(out, &d)
		}
		w.write(out)
		for id, want := range []pzog.Refusal{0, pzog.Refusal_CONTROL, pzog.Refusal_NUMBER_REUSED, 0} {
			if f := w.read(); f.Kind != frame.OkKind || f.Ok.ID != uint64(id+1) || f.Ok.Refusal != want {
				t.Errorf("id %d is answered by %+v", id+1, f)
			}
		}
		if lines := r.errorLines(); len(lines) != 3 {
			t.Errorf("error.log has %q", lines)
		}
		time.Sleep(2 * time.Second)
		r.requireSame(3, 0, 1, 2, 3, 4)
	})
}

// What is sent twice in one go is logged once, and answered twice.
func TestAMessageThatIsSentTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		w := r.dialPort(fromAfar, r.ring.Ports.Client)
		var out []byte
		for id, number := range []uint64{1, 2, 1, 2, 3, 3} {
			out = frame.AppendData(out, &frame.Data{ID: uint64(id + 1), Text: []byte("x\r\n"), Session: 9, Number: number})
		}
		w.write(out)
		for last := uint64(0); last < 6; {
			f := w.read()
			if f.Kind != frame.OkKind || f.Ok.Refusal != 0 || f.Ok.ID <= last || f.Ok.Copies == 0 {
				t.Fatalf("answered by %+v", f)
			}
			last = f.Ok.ID
		}
		time.Sleep(2 * time.Second)
		r.requireSame(3, 0, 1)
	})
}

// A message that comes again while the first is not durable yet is answered
// when that is, not before.
func TestSentAgainWhileTheFirstIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.SyncTakes(3*time.Second))
		d := frame.Data{Text: []byte("slowly\r\n"), Session: 9, Number: 1}
		begun := time.Now()
		go r.ask(0, d)
		time.Sleep(time.Second)
		ok, answered := r.ask(0, d)
		if took := time.Since(begun); !answered || ok.Refusal != 0 || ok.Copies != 1 || took < 3*time.Second {
			t.Errorf("answered by %+v after %v", ok, took)
		}
		time.Sleep(5 * time.Second)
		r.requireSame(1, 0)
	})
}

// A message that was lost before the log has a name that stands for nothing: it
// is taken when it is sent again (docs/protocol.md, section 6).
func TestANameOfWhatWasNotLoggedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		named := frame.Data{Text: []byte("again\r\n"), Session: 9, Number: 1}
		r.hosts[0].Disk().Only("access.log").Fail(nil, ringtest.Nth(1, "write"))
		if ok, answered := r.ask(0, named); answered {
			t.Fatalf("what cannot be written is answered by %+v", ok)
		}
		time.Sleep(2 * time.Second)
		if ok, answered := r.ask(0, named); !answered || ok.Refusal != 0 || ok.Copies != 1 {
			t.Errorf("sent again, it is answered by %+v, %v", ok, answered)
		}
		r.requireSame(1, 0)
	})
}

// What a client sends again although its lines were retired since is answered,
// one way or the other.
func TestSentAgainAfterRetirement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("log: {segment_age: 5s, retain_age: 10s}"))
		time.Sleep(2 * time.Second)
		d := frame.Data{Text: []byte("once\r\n"), Session: 9, Number: 1, TimeoutMS: 2000}
		r.ask(0, d)
		r.stop(0)
		r.start(0) // so that its run may be forgotten
		time.Sleep(4 * time.Minute)
		begun := time.Now()
		if ok, answered := r.ask(1, d); answered && ok.Refusal != 0 {
			t.Errorf("answered by %+v", ok)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the client waited %v", took)
		}
	})
}

func identity(ok frame.Ok) marks.Mark {
	return marks.Mark{Run: marks.Run{Origin: ok.Origin, Boot: ok.Boot}, Seq: ok.Seq}
}
