package stream

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// world is what is around a Machine: a router with a window, a log on disk, an actor
// that carries effects out, and a peer that takes what is next of each run.
type world struct {
	*rapid.T
	*player
	log    []row.Row // of one message each; a position is an index
	window int       // the first position that the window has
	read   int       // that the reader of the log has come to

	locates  []*marks.Vector // that are not answered
	pull     *Effect
	forwards []Forward // on their way
	alarms   []Alarm   // that may ring, taken back or not
	oks      []frame.Ok

	peer    marks.Vector // what the peer has
	wire    []byte       // frames on their way to it
	reached bool
	open    bool
	drained int
	drains  int
}

// carryOut does what the actor does, and checks what must hold of any list of effects.
func (w *world) carryOut(effects []Effect) {
	for i := range effects {
		e := effects[i]
		request := e.Do == GetMarks || e.Do == Read || e.Do == Send
		if request && i != len(effects)-1 {
			w.Fatalf("%s is not the last effect", w.describe(&e))
		}
		switch e.Do {
		case GetMarks:
			w.carryOut(w.m.Begin(w.now, w.peer.Clone()))
		case Locate:
			w.locates = append(w.locates, e.Marks)
		case Pull:
			w.pull = &e
		case Reach:
			if w.reached == e.Up {
				w.Fatalf("the tree is told twice that up is %v", e.Up)
			}
			w.reached = e.Up
			if !e.Up {
				w.pull = nil
			}
		case Open, Close:
			if w.open == (e.Do == Open) {
				w.Fatalf("%s, and open is %v", w.describe(&e), w.open)
			}
			w.open, w.read = e.Do == Open, 0
		case Read:
			w.readOn()
		case Send:
			w.send()
		case Set:
			w.alarms = append(w.alarms, e.Alarm)
		case Drained:
			w.drained++
		case Damage, Violation:
			w.Fatal(w.describe(&e))
		}
	}
}

// send writes what is in the outbox.
func (w *world) send() {
	w.wire = append(w.wire, w.out...)
	w.out = w.out[:0]
	w.carryOut(w.m.Sent(w.now))
}

// readOn answers Read with some rows.
func (w *world) readOn() {
	if w.read == len(w.log) {
		w.carryOut(w.m.EndOfLog(w.now, uint64(w.read)))
		return
	}
	from := w.read
	w.read = min(from+3, len(w.log))
	out, effects := w.m.ReadRows(w.now, w.out, w.log[from:w.read])
	w.out = out
	w.carryOut(effects)
}

// take has the router take a message.
func (w *world) take(origin string) {
	seq := uint64(1)
	for i := range w.log {
		if w.log[i].Origin == origin {
			seq = w.log[i].Seq + 1
		}
	}
	var b row.Builder
	b.Add(&row.Head{Run: marks.Run{Origin: origin, Boot: boot}, Seq: seq, Time: 1000}, []byte("hello\r\n"))
	w.log = append(w.log, b.Take()...)
	w.now.Taken = uint64(len(w.log))
	w.answerPull()
}

// answerPull answers a Pull that has waited for long enough.
func (w *world) answerPull() {
	p := w.pull
	if p == nil || int(p.Position) == len(w.log) && !p.Now {
		return
	}
	w.pull = nil
	f := Forward{Position: p.Position, Up: ring.All(hosts)}
	if int(p.Position) >= w.window {
		next := min(int(p.Position)+2, len(w.log))
		f.OK, f.Next, f.End = true, uint64(next), next == len(w.log)
		for i := int(p.Position); i < next; i++ {
			f.Rows = append(f.Rows, w.log[i:i+1])
		}
	}
	w.forwards = append(w.forwards, f)
}

// forward delivers what the router gives.
func (w *world) forward() {
	if w.answerPull(); len(w.forwards) == 0 {
		return
	}
	f := w.forwards[0]
	w.forwards = w.forwards[1:]
	out, effects := w.m.Forwarded(w.now, w.out, f)
	w.out = out
	w.carryOut(effects)
}

// locate answers the oldest Locate.
func (w *world) locate() {
	if len(w.locates) == 0 {
		return
	}
	asked := w.locates[0]
	w.locates = w.locates[1:]
	lacks := len(w.log) // where the peer's lack begins
	for i := range w.log {
		if w.log[i].Seq > w.peer.Seq(w.log[i].Run) {
			lacks = i
			break
		}
	}
	w.carryOut(w.m.Located(w.now, asked, uint64(lacks), lacks >= w.window))
}

// ring has an alarm ring, taken back or not.
func (w *world) ring(i int) {
	a := w.alarms[i]
	w.alarms = append(w.alarms[:i:i], w.alarms[i+1:]...)
	if p := &w.m.alarms[a.Kind]; p.set && p.number == a.Number && p.due.After(w.now.Time) {
		w.now.Time = p.due
	}
	w.carryOut(w.m.Alarm(w.now, a))
}

// arrive has the peer take all messages that are on their way, and answer each.
func (w *world) arrive() {
	for len(w.wire) > 0 {
		var f frame.Frame
		body, n, err := frame.Split(w.wire, frame.PeerLimit)
		if err == nil {
			err = frame.Decode(body, &f)
		}
		if err != nil {
			w.Fatal(err)
		}
		for d, ok := f.Data, true; ok; ok = d.Next() {
			run := marks.Run{Origin: string(d.Origin), Boot: d.Boot}
			had, took := w.peer.Take(run, d.Seq, 1)
			w.oks = append(w.oks, frame.Ok{ID: d.ID, Copies: uint32(had + took)})
		}
		w.wire = w.wire[n:]
	}
}

// answer delivers the peer's oldest Ok.
func (w *world) answer() {
	if len(w.oks) > 0 {
		ok := w.oks[0]
		w.oks = w.oks[1:]
		w.carryOut(w.m.Answered(w.now, ok.ID, ok.Copies > 0))
	}
}

// check is what holds between any two events: in each phase the stream waits for
// something that comes, and holds nothing that belongs to another phase.
func (w *world) check() {
	m := w.m
	next := m.alarms[AlarmNext].set
	switch {
	case w.reached != (m.phase == live):
		w.Fatalf("the tree counts on a stream that is %v: %v", m.phase, w.reached)
	case m.open != w.open || m.open && m.phase != fromDisk && m.phase != fromWindow:
		w.Fatalf("in %v the reader is open: %v", m.phase, m.open)
	case m.locating != nil && m.phase != idle, m.locating != nil && len(w.locates) == 0:
		w.Fatalf("in %v a Locate is out, %d are", m.phase, len(w.locates))
	case m.asked && !m.alarms[AlarmBegin].set:
		w.Fatal("the peer has asked, and there is no alarm to begin")
	case m.phase == fromDisk && !next && !m.cursor.Full():
		w.Fatal("a repair from disk does not go on")
	case (m.phase == live || m.phase == fromWindow) && !m.pulled && !next && !m.cursor.Full():
		w.Fatalf("%v does not go on", m.phase)
	case m.phase == live && !m.Oldest().IsZero() && !m.alarms[AlarmAnswer].set:
		w.Fatal("a frame is unanswered, and there is no alarm to look at it")
	case m.pulled && w.pull == nil && len(w.forwards) == 0:
		w.Fatalf("in %v a Pull is out that nobody has", m.phase)
	case w.drained > w.drains:
		w.Fatalf("drained %d times of %d", w.drained, w.drains)
	}
}

// rest lets everything happen that is under way.
func (w *world) rest() {
	for range 1000 {
		before := w.now.Time
		w.arrive()
		w.answer()
		w.locate()
		w.forward()
		for kind := range w.m.alarms {
			for i := range w.alarms {
				if p := w.m.alarms[kind]; p.set && w.alarms[i] == (Alarm{AlarmKind(kind), p.number}) && !p.due.After(before) {
					w.ring(i)
					break
				}
			}
		}
		w.now.Time = w.now.Time.Add(time.Millisecond)
	}
	w.check()
}

// Whatever happens to a stream, in whatever order: it never stands still, it asks for
// nothing twice, and after the peer has asked for a repair once more the peer has every
// message.
func TestWhateverHappensThePeerIsRepaired(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := &world{T: r, player: newPlayer()}
		w.now.Interval = rapid.SampledFrom([]time.Duration{0, 5 * time.Millisecond}).Draw(r, "interval")
		r.Repeat(map[string]func(*rapid.T){
			"take":    func(r *rapid.T) { w.take(rapid.SampledFrom([]string{"H0", "H3"}).Draw(r, "origin")) },
			"trim":    func(r *rapid.T) { w.window = rapid.IntRange(w.window, len(w.log)).Draw(r, "window") },
			"ack":     func(r *rapid.T) { w.carryOut(w.m.Acked(w.now, rapid.Bool().Draw(r, "repair"))) },
			"locate":  func(*rapid.T) { w.locate() },
			"forward": func(*rapid.T) { w.forward() },
			"arrive":  func(*rapid.T) { w.arrive() },
			"answer":  func(*rapid.T) { w.answer() },
			"sent":    func(*rapid.T) { w.send() },
			"later": func(r *rapid.T) {
				w.now.Time = w.now.Time.Add(time.Duration(rapid.IntRange(1, 5000).Draw(r, "milliseconds")) * time.Millisecond)
			},
			"ring": func(r *rapid.T) {
				if len(w.alarms) > 0 {
					w.ring(rapid.IntRange(0, len(w.alarms)-1).Draw(r, "alarm"))
				}
			},
			"drain": func(*rapid.T) {
				w.drains++
				w.carryOut(w.m.Drain(w.now))
			},
			"": func(*rapid.T) { w.check() },
		})
		w.rest()
		w.carryOut(w.m.Acked(w.now, true))
		w.rest()
		for i := range w.log {
			if m := w.log[i]; w.peer.Seq(m.Run) < m.Seq {
				r.Fatalf("the peer lacks %v %d", m.Run, m.Seq)
			}
		}
		if w.m.phase != live || !w.m.Oldest().IsZero() || w.drains > 0 && w.drained == 0 {
			r.Fatalf("in the end it is %v, the oldest unanswered frame is of %v, drained %d of %d times", w.m.phase, w.m.Oldest(), w.drained, w.drains)
		}
	})
}
