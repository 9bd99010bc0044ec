package rings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// fewRuns has a host take a thousand runs. In a ring of three one host can bring 31 of an
// origin at once, and in a ring of two 83.
var fewRuns = ringtest.File("limits:\n  runs: 1000\n")

// invent appends Data of so many runs of an origin, a message each.
func invent(out []byte, id *uint64, origin string, from, n int) []byte {
	for i := range n {
		*id++
		out = frame.AppendData(out, &frame.Data{
			ID: *id, Text: []byte("x\r\n"), Origin: []byte(origin), Boot: uint64(from + i), Seq: 1, TimeMS: 1000,
		})
	}
	return out
}

// claim is a word of host 1: that it holds a message of so many runs of an origin.
func (r *memoryRing) claim(origin string, from, n int) []byte {
	k := r.hello()
	for i := range n {
		k.Marks = append(k.Marks, &pzog.Mark{Origin: origin, Boot: uint64(from + i), Seq: 1, First: 1})
	}
	k.Delta = true
	return frame.AppendKeepAlive(nil, k, frame.PeerLimit)
}

// runsOf counts the runs of an origin in the log of host 0.
func (r *memoryRing) runsOf(origin string) int {
	runs := make(map[string]bool)
	for _, line := range r.lines(0) {
		if id := strings.Fields(line)[1]; strings.HasPrefix(id, origin+".") {
			runs[strings.Split(id, ".")[1]] = true
		}
	}
	return len(runs)
}

// drain reads what host 0 says until it says nothing for a second, and returns the frames
// that are no signs of life.
func (w *wire) drain() (said []frame.Frame) {
	for {
		f, err := w.try()
		if err != nil {
			return said
		}
		if !isSign(f) {
			said = append(said, f)
		}
	}
}

// untilOk reads until what was sent up to id is answered.
func (w *wire) untilOk(id uint64) {
	w.t.Helper()
	for f := w.read(); f.Kind != frame.OkKind || f.Ok.ID < id; {
		f = w.read()
	}
}

// refused returns the runs of which host 0 says now that it does not want them.
func (w *wire) refused() map[uint64]bool {
	boots := make(map[uint64]bool)
	for _, f := range w.drain() {
		for _, m := range f.Ack.Marks {
			if m.First > m.Seq && m.Seq > 0 {
				boots[m.Boot] = true
			}
		}
	}
	return boots
}

// asked tells whether what host 0 says now asks for a repair.
func (w *wire) asked() bool {
	return slices.ContainsFunc(w.drain(), func(f frame.Frame) bool { return f.Kind == frame.Ack && f.Ack.Repair })
}

// What a peer invents is taken only up to its share, of origins that nobody knows nothing
// at all unless it was asked for, and all of it is answered. Others have their place, and
// once the liar is gone all hosts hold the same.
func TestLongInventedRunsTakeNobodysPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3, fewRuns)
		r.start(0)
		w, id := r.dialPeer(), uint64(0)
		w.write(invent(nil, &id, "X", 1, 600))
		w.write(invent(nil, &id, "G", 1, 600))
		w.write(invent(nil, &id, "MV", 1, 600))
		w.write(invent(nil, &id, "PA", 1, 600))
		w.untilOk(id)
		for origin, most := range map[string]int{"X": 0, "G": 31, "MV": 31, "PA": 31} {
			if n := r.runsOf(origin); n != most {
				t.Errorf("%d runs of %s are taken, want %d", n, origin, most)
			}
		}
		if n := r.hosts[0].Count(func(c *actors.Counts) uint64 { return c.Unwanted.Load() }); n != 4*600-3*31 {
			t.Errorf("%d messages are counted as not wanted", n)
		}
		if n := r.Said("takes no more runs"); n != 1 {
			t.Errorf("that is said %d times", n)
		}
		w.conn.Close()
		r.start(1)
		r.start(2)
		r.send(2, "an honest run of G")
		r.send(0, "of MV")
		time.Sleep(10 * time.Second)
		r.requireSame(3*31+2, 0, 1, 2)
	})
}

// A run that the limit does not allow is not asked for again and again: the peer is told
// that nothing of it is wanted. What the limit allows is asked for all the same.
func TestARepairOfRunsThatAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, fewRuns)
		r.start(0)
		w, id := r.dialPeer(), uint64(0)
		w.write(r.claim("X", 1, 400))
		w.drain()
		w.write(r.claim("X", 1, 0))
		if !w.asked() {
			t.Fatal("what was claimed is not asked for")
		}
		w.write(invent(nil, &id, "X", 1, 400))
		w.drain()
		if n := r.runsOf("X"); n != 83 {
			t.Errorf("%d runs are taken, want 83", n)
		}
		refused := make(map[uint64]bool)
		for range 20 {
			w.write(r.claim("X", 1, 0))
			for _, f := range w.drain() {
				if f.Kind == frame.Ack && f.Ack.Repair {
					t.Error("what is not taken is asked for again")
				}
				for _, m := range f.Ack.Marks {
					if m.Boot > 83 && m.Seq == 1 && m.First == 2 {
						refused[m.Boot] = true
					}
				}
			}
		}
		if len(refused) != 400-83 {
			t.Errorf("the peer is told of %d runs that they are not wanted, want %d", len(refused), 400-83)
		}
		w.write(r.claim("PA", 7, 1))
		w.drain()
		w.write(r.claim("PA", 7, 0))
		if !w.asked() {
			t.Error("a run of its own is not asked for")
		}
	})
}

// What the ring file says is in force after a reload, for what is known of a peer as well.
func TestALimitOfRunsThatIsReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, fewRuns)
		r.start(0)
		w, id := r.dialPeer(), uint64(0)
		w.write(invent(nil, &id, "PA", 1, 2000))
		w.drain()
		if n := r.runsOf("PA"); n != 83 {
			t.Errorf("%d runs are taken, want 83", n)
		}
		ring := *r.ring
		ring.Limits.Runs = 6000
		r.hosts[0].Daemon().Reload(&ring, nil)
		w.write(invent(nil, &id, "PA", 1, 2000))
		w.drain()
		// A fourth of a share of 2000, but for what was brought already.
		if n := r.runsOf("PA"); n <= 83 || n > 500 {
			t.Errorf("after the reload %d runs are taken, want up to 500", n)
		}
		w.write(r.claim("X", 1, 9000))
		w.drain()
		w.write(r.claim("X", 1, 0))
		w.drain()
		w.write(invent(nil, &id, "X", 1, 500))
		w.drain()
		w.write(r.claim("X", 1, 0))
		if n := len(w.refused()); n < 5000 || n > 6500 {
			t.Errorf("of %d runs it is known that the peer holds them, and that they are too many, want about 6000", n)
		}
	})
}

// A peer is told nothing of its present run that is not so, although it is not taken: it
// would take this for a sign that it was rolled back, and begin another one.
func TestAPresentRunThatIsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, fewRuns)
		r.start(0)
		w, id := r.dialPeer(), uint64(0)
		k := r.hello()
		k.Delta = true
		const all = 60 + 83
		for boot := range uint64(all + 10) {
			k.Boot = boot + 1
			w.write(frame.AppendKeepAlive(nil, k, frame.PeerLimit))
			w.write(invent(nil, &id, "PA", int(k.Boot), 1))
			w.untilOk(id)
		}
		if n := r.runsOf("PA"); n != all {
			t.Fatalf("%d runs are taken, want %d", n, all)
		}
		k.Marks = []*pzog.Mark{{Origin: "PA", Boot: k.Boot, Seq: 5, First: 1}, {Origin: "PA", Boot: k.Boot + 1, Seq: 5, First: 1}}
		w.write(frame.AppendKeepAlive(nil, k, frame.PeerLimit))
		told := make(map[uint64]uint64)
		for _, f := range w.drain() {
			for _, m := range f.Ack.Marks {
				told[m.Boot] = m.Seq
			}
		}
		if told[k.Boot] != 0 || told[k.Boot+1] != 5 {
			t.Errorf("the peer is told that %d of its present run is here, and %d of another", told[k.Boot], told[k.Boot+1])
		}
	})
}

// Hosts that hold more runs than anybody could say once greet, repair each other and start.
func TestLongHostsWithManyRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const half = 66_000
		r := newRing(t, 2, ringtest.File("limits:\n  runs: 10000000\n"))
		r.start(0)
		w, id := r.dialPeer(), uint64(0)
		w.patience = time.Minute
		for _, origin := range []string{"MV", "PA"} {
			go w.conn.Write(invent(nil, &id, origin, 1, half))
			w.untilOk(id)
		}
		w.conn.Close()
		r.start(1)
		time.Sleep(10 * time.Second)
		r.send(1, "where they came to")
		r.send(0, "where they were")
		time.Sleep(10 * time.Second)
		r.requireSame(2*half+2, 0, 1)
		r.stop(0)
		r.start(0)
		r.send(1, "after a start")
		time.Sleep(10 * time.Second)
		r.requireSame(2*half+3, 0, 1)
	})
}

// A vector of any length is taken: there is no number of runs with which a host cannot
// greet any more.
func TestAVectorOfManyRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPort(r.address(1), r.ring.Ports.Peer)
		k := r.hello()
		for i := range 140_000 {
			k.Marks = append(k.Marks, &pzog.Mark{Origin: "X", Boot: uint64(i + 1), Seq: 1, First: 2})
		}
		greeting := frame.AppendKeepAlive(nil, k, frame.PeerLimit)
		go w.conn.Write(greeting)
		w.patience = 10 * time.Second
		f := w.read()
		for f.Kind == frame.Ack && f.Ack.More {
			f = w.read()
		}
		if f.Kind != frame.Ack || f.Ack.Host != "MV" {
			t.Errorf("the greeting is answered by %+v", f)
		}
		w.write(data(1, 1, "behind it"))
		for f = w.read(); f.Kind != frame.OkKind; {
			f = w.read()
		}
	})
}

// A greeting may take longer than the time for one frame, as long as it goes on.
func TestALongGreetingOverASlowNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPort(r.address(1), r.ring.Ports.Peer)
		for i := range 10 {
			w.write(r.part(i))
			time.Sleep(3 * time.Second)
		}
		w.write(frame.AppendKeepAlive(nil, r.hello(), frame.PeerLimit))
		f := w.read()
		signs := 0
		for ; f.Kind == frame.Ack && f.Ack.More; f = w.read() {
			signs++
		}
		if f.Kind != frame.Ack || f.Ack.Host != "MV" || signs != 10 {
			t.Errorf("the greeting is answered by %d signs of life, and %+v", signs, f)
		}
	})
}

// part is a frame of a greeting that goes on.
func (r *memoryRing) part(i int) []byte {
	k := r.hello()
	for n := range 1100 { // more than one frame takes
		k.Marks = append(k.Marks, &pzog.Mark{Origin: "X", Boot: uint64(i*1000 + n + 1), Seq: 1, First: 2})
	}
	both := frame.AppendKeepAlive(nil, k, frame.PeerLimit)
	_, n, err := frame.Split(both, frame.PeerLimit)
	if err != nil {
		r.t.Fatal(err)
	}
	return both[:n]
}

// KeepAlives that come faster than they can mean anything are answered together, and
// nobody beside waits for it.
func TestKeepAlivesAsFastAsAPeerCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(r.claim("X", 1, 20_000))
		w.drain()
		const flood = 8000
		one := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Delta: true}, frame.PeerLimit)
		go w.conn.Write([]byte(strings.Repeat(string(one), flood)))
		w.patience = 5 * time.Second
		answers := make(chan int)
		go func() {
			n := 0
			for {
				if f, err := w.try(); err != nil || f.Kind != frame.Ack {
					answers <- n
					return
				}
				n++
			}
		}()
		for i := range 10 {
			r.send(0, fmt.Sprint("beside the flood ", i))
		}
		if n := <-answers; n == 0 || n > flood/4 {
			t.Errorf("%d KeepAlives are answered %d times", flood, n)
		}
	})
}
