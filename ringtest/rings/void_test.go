package rings_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// putBack is what a host says when a peer holds more of its run than it gave out.
const putBack = "was put back to an earlier state"

// forge says to host k, from the address of the host whose message ours is, that n more
// were taken behind it. A partition does not keep it from that.
func (r *memoryRing) forge(ours record.Record, k, n int) {
	r.t.Helper()
	i, _ := r.ring.Index(ours.Origin)
	conn, err := r.DialBelow(r.t.Context(), r.address(i), netip.AddrPortFrom(r.address(k), r.ring.Ports.Peer))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	said := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: ours.Origin, Ring: r.ring.Digest()}, frame.PeerLimit)
	for id := range uint64(n) {
		said = frame.AppendData(said, &frame.Data{
			ID: id + 1, Text: fmt.Appendf(nil, "forged %d\r\n", id), Origin: []byte(ours.Origin), Boot: ours.Boot,
			Seq: ours.Seq + 1 + id, TimeMS: 1000,
		})
	}
	if _, err := conn.Write(said); err != nil {
		r.t.Fatal(err)
	}
	time.Sleep(time.Second)
}

// last returns the last message in the log of host i.
func (r *memoryRing) last(i int) record.Record {
	r.t.Helper()
	lines := r.lines(i)
	var parser record.Parser
	rec, err := parser.Parse([]byte(lines[len(lines)-1]))
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

// requireTexts fails unless each text stands in the logs of all given hosts.
func (r *memoryRing) requireTexts(texts []string, hosts ...int) {
	r.t.Helper()
	for _, i := range hosts {
		log := strings.Join(r.lines(i), "")
		for _, text := range texts {
			if !strings.Contains(log, " "+text+"\r\n") {
				r.t.Errorf("host %d lacks %q", i, text)
			}
		}
	}
}

// Texts that others have under the numbers that a host gives out next are noticed, and
// all that its clients send afterwards is in all logs (I1, I2, I4).
func TestNumbersThatPeersHaveAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		ours := r.first()
		time.Sleep(5 * time.Second)
		for k := 1; k < 5; k++ {
			r.forge(ours, k, 7)
		}
		time.Sleep(5 * time.Second)
		r.hangUp(0)
		sent := texts("later", 20)
		r.send(0, sent...)
		time.Sleep(5 * time.Second)
		r.requireTexts(sent, 0, 1, 2, 3, 4)
		r.requireSame(1+7+len(sent), 0, 1, 2, 3, 4)
		if n := r.Said(putBack); n != 1 {
			t.Errorf("it is said %d times, want once", n)
		}
	})
}

// What a host has answered under such numbers before it knew is taken again, and reaches
// all. What it gave to nobody yet does not hide that others have the numbers.
func TestWhatWasAnsweredUnderVoidNumbersReachesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		ours := r.first()
		time.Sleep(5 * time.Second)
		parted := r.Partition("MV", "PA G LA S")
		for k := 1; k < 5; k++ {
			r.forge(ours, k, 15)
		}
		sent := texts("cut off", 20)
		r.send(0, sent[:10]...) // go out on connections that are dead
		time.Sleep(10 * time.Second)
		for k := 1; k < 5; k++ {
			r.link(0, k).Reset()
		}
		time.Sleep(10 * time.Second)
		r.send(0, sent[10:]...) // are for nobody yet
		time.Sleep(20 * time.Second)
		parted.Heal()
		time.Sleep(60 * time.Second)
		r.requireTexts(sent, 0, 1, 2, 3, 4)
		for k := 1; k < 5; k++ {
			// The last five of the old run were behind what was forged, and are there twice.
			r.requireSame(1+15+5+20, k)
		}
		r.requireSame(1+20+20, 0)
		if n := r.Said(putBack); n != 1 {
			t.Errorf("it is said %d times, want once", n)
		}
	})
}

// Nobody is told of a copy by a peer that has another text under the number.
func TestCopiesOfAVoidRunAreNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		ours := r.first()
		time.Sleep(5 * time.Second)
		parted := r.Partition("MV", "PA G")
		r.forge(ours, 1, 3)
		r.forge(ours, 2, 3)
		w := r.client()
		w.patience = time.Minute
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("mine\r\n"), MinCopies: 3, TimeoutMS: 30_000}))
		time.Sleep(5 * time.Second)
		parted.Heal()
		if f, err := w.answer(); err == nil && f.Kind == frame.OkKind && f.Ok.Copies > 1 {
			t.Errorf("%d copies of a message that nobody else has", f.Ok.Copies)
		}
	})
}

// Who claims more again within a minute is not counted, and begins no new run; after the
// minute one begins.
func TestARunIsVoidOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		ours := r.first()
		time.Sleep(5 * time.Second)
		r.forge(ours, 1, 2)
		time.Sleep(5 * time.Second)
		r.hangUp(0)
		r.send(0, "in the second run")
		time.Sleep(2 * time.Second)
		second := r.last(0)
		if second.Boot == ours.Boot {
			t.Fatal("no new run has begun")
		}
		r.forge(second, 1, 2)
		time.Sleep(10 * time.Second)
		copies := func(n int) uint32 {
			w := r.client()
			w.patience = 10 * time.Second
			w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: fmt.Appendf(nil, "in between %d\r\n", n), MinCopies: 3, TimeoutMS: 3000}))
			f, err := w.answer()
			if err != nil || f.Kind != frame.OkKind || !strings.Contains(f.Ok.Detail, "PA") {
				t.Errorf("answered by %+v, %v", f, err)
			}
			return f.Ok.Copies
		}
		if n := copies(1); n > 2 || r.last(0).Boot != second.Boot || r.Said(putBack) != 1 {
			t.Errorf("within the minute: %d copies, run %d, said %d times", n, r.last(0).Boot, r.Said(putBack))
		}
		time.Sleep(time.Minute)
		r.hangUp(0)
		r.send(0, "in the third run")
		time.Sleep(10 * time.Second)
		if r.last(0).Boot == second.Boot || r.Said(putBack) != 2 {
			t.Errorf("after the minute the run is %d, said %d times", r.last(0).Boot, r.Said(putBack))
		}
		if lines := strings.Join(r.errorLines(), ""); lines != "" {
			t.Errorf("error.log: %q, but nobody was asked for messages of our own run", lines)
		}
		r.requireTexts([]string{"in the second run", "in between 1", "in the third run"}, 0, 1, 2)
	})
}

// The word that the run is void may get lost, and the router may fail at it: it is said
// again, and not twice.
func TestTheWordThatARunIsVoidGetsLost(t *testing.T) {
	for name, fault := range map[string]func(*ringtest.Actor) *ringtest.Fault{
		"dropped":            func(a *ringtest.Actor) *ringtest.Fault { return a.Drop(ringtest.Nth(1, "Exceeded")) },
		"said twice":         func(a *ringtest.Actor) *ringtest.Fault { return a.Duplicate(ringtest.Nth(1, "Exceeded")) },
		"a panic before it":  func(a *ringtest.Actor) *ringtest.Fault { return a.Panic(ringtest.Nth(1, "Exceeded")) },
		"a panic behind it":  func(a *ringtest.Actor) *ringtest.Fault { return a.PanicAfter(ringtest.Nth(1, "Exceeded")) },
		"the router is slow": func(a *ringtest.Actor) *ringtest.Fault { return a.Delay(time.Second, ringtest.Every("Exceeded")) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3)
				ours := r.first()
				time.Sleep(5 * time.Second)
				f := fault(r.hosts[0].Actor("router"))
				r.forge(ours, 1, 3)
				r.forge(ours, 2, 3)
				time.Sleep(20 * time.Second)
				r.hangUp(0)
				sent := texts("later", 10)
				r.send(0, sent...)
				time.Sleep(5 * time.Second)
				r.requireTexts(sent, 0, 1, 2)
				r.requireSame(1+3+len(sent), 0, 1, 2)
				if f.Fired() == 0 || r.Said(putBack) != 1 {
					t.Errorf("%v; it is said %d times, want once", f, r.Said(putBack))
				}
			})
		})
	}
}

// Nothing of normal life is taken for a rollback: not a disk put back, nor one that has
// lost its end, nor messages that peers were given and that our own log then lost.
func TestLongWhatIsNoRollback(t *testing.T) {
	for name, life := range map[string]func(r *memoryRing){
		"an old disk": func(r *memoryRing) {
			old := r.hosts[0].Backup()
			r.send(0, texts("later", 10)...)
			time.Sleep(time.Second)
			r.stop(0)
			r.hosts[0].Restore(old)
			r.start(0)
		},
		"a power cut": func(r *memoryRing) {
			r.hangUp(0)
			r.hosts[0].PowerCut()
			r.start(0)
		},
		"what was given to links is not logged": func(r *memoryRing) {
			f := r.hosts[0].Actor("accesslog").Panic(ringtest.Nth(1, "Append"))
			r.try(0, texts("perhaps", 10)...)
			r.hangUp(0)
			if f.Fired() == 0 {
				r.t.Error("the log did not fail")
			}
		},
		"the router starts again": func(r *memoryRing) {
			r.hosts[0].Actor("router").Panic(ringtest.Nth(2, "Take"))
			r.send(0, "one")
			r.try(0, "two")
			r.hangUp(0)
		},
		"a peer reads from our disk": func(r *memoryRing) {
			r.stop(1)
			for n := range 40 { // more than the window holds
				r.send(0, texts(fmt.Sprint(n, strings.Repeat(" and so on", 40)), 1000)...)
			}
			r.start(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3)
				r.first()
				time.Sleep(5 * time.Second)
				life(r)
				time.Sleep(10 * time.Second)
				r.send(0, "the last")
				time.Sleep(30 * time.Second)
				r.requireEqual(0, 1, 2)
				if r.Said(putBack) != 0 {
					t.Error("it is taken for a rollback")
				}
			})
		})
	}
}

// claimMore says to host 0, as host 1, that it holds one message more of host 0's present run
// than there is.
func (r *memoryRing) claimMore() {
	r.t.Helper()
	last := r.last(0)
	hello := r.hello()
	hello.Marks = []*pzog.Mark{{Origin: last.Origin, Boot: last.Boot, Seq: last.Seq + 1, First: 1}}
	w := r.dialPort(r.address(1), r.ring.Ports.Peer)
	w.write(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
	time.Sleep(5 * time.Second)
	w.conn.Close()
	time.Sleep(5 * time.Second)
}

// What is surely held by others is known again by its name after a claim too.
func TestAConfirmedNameIsKnownInAVoidRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		named := frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("once\r\n"), Session: 9, Number: 1})
		send := func() {
			w := r.client()
			w.write(named)
			if f, err := w.answer(); err != nil || f.Kind != frame.OkKind || f.Ok.Copies == 0 {
				t.Fatalf("%+v, %v", f, err)
			}
		}
		send()
		time.Sleep(5 * time.Second)
		r.claimMore()
		send()
		time.Sleep(5 * time.Second)
		if lines := r.requireEqual(0, 1, 2); len(lines) != 1 || r.Said(putBack) != 1 {
			t.Errorf("it is logged %d times, and a claim was noticed %d times", len(lines), r.Said(putBack))
		}
	})
}
