package rings_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// tail follows the ring: if its host is silent or ends the connection, it goes on at the next one from
// its position.
type tail struct {
	r        *memoryRing
	mu       sync.Mutex
	position *marks.Vector
	lines    []string
	holes    []marks.Mark
	moves    int // to another connection
	end      chan struct{}
	ended    sync.WaitGroup
}

func (r *memoryRing) tail(host int) *tail {
	t := &tail{r: r, position: beginning(), end: make(chan struct{})}
	t.ended.Go(func() {
		for ; ; host++ {
			f, err := r.tryFollow(host%len(r.hosts), t.position, new(pzog.KeepAlive))
			if err == nil {
				t.read(f)
			}
			select {
			case <-t.end:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return t
}

// read takes what comes until the connection has ended, or was silent for 3 s.
func (t *tail) read(f *follower) {
	defer f.conn.Close()
	f.patience = 3 * time.Second
	for more := true; more; {
		got, err := f.try()
		more = err == nil
		switch {
		case !more:
		case isSign(got):
		case got.Kind == frame.Ack && got.Ack.Refused != "":
			more = false
		default:
			f.take(&got)
		}
		select {
		case <-t.end:
			more = false
		default:
		}
		t.mu.Lock()
		t.lines, t.holes = append(t.lines, f.lines...), append(t.holes, f.holes...)
		t.position = f.position.Clone()
		t.mu.Unlock()
		f.lines, f.holes = nil, nil
	}
	t.moves++
}

// stop ends it, and fails unless it has, by run, what is in the log of a host, each once and in order.
func (t *tail) stop(host int) {
	t.r.t.Helper()
	want := t.r.lines(host)
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		t.mu.Lock()
		n := len(t.lines)
		t.mu.Unlock()
		if n >= len(want) {
			break
		}
		time.Sleep(time.Second)
	}
	close(t.end)
	t.ended.Wait()
	t.r.requireOrder(host, t.lines)
	slices.Sort(want)
	slices.Sort(t.lines)
	if !slices.Equal(t.lines, want) || len(t.holes) > 0 {
		t.r.t.Errorf("%d lines were sent on %d connections, and host %d has %d; holes %v", len(t.lines), t.moves, host, len(want), t.holes)
	}
}

// Whatever becomes of hosts, links and connections, a client that goes on from its position has each
// message once.
func TestFollowersThroughRestartsAndCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3, ringtest.File(smallSegments))
		var tails []*tail
		for i := range 6 {
			tails = append(tails, r.tail(i))
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for round := range 30 {
			host := rng.IntN(3)
			switch round % 5 {
			case 0:
				r.stop(host)
			case 1:
				r.hosts[host].Crash()
			case 2:
				r.Partition(r.hosts[host].Name(), r.hosts[(host+1)%3].Name()+" "+r.hosts[(host+2)%3].Name())
			}
			for i := range r.hosts {
				r.try(i, texts(fmt.Sprint("round ", round, " host ", i, " "), 30)...)
			}
			time.Sleep(2 * time.Second)
			r.Heal()
			for _, h := range r.hosts {
				if !h.Up() {
					h.Start()
				}
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		r.requireEqual(0, 1, 2)
		for _, f := range tails {
			f.stop(0)
			if f.moves < 5 {
				t.Errorf("it had only %d connections", f.moves)
			}
		}
	})
}

// followMail are the messages that followers send and get.
var followMail = []struct{ actor, of string }{
	{"followers", "AskRead"}, {"followers", "HasRead"}, {"followers", "Grown"}, {"followers", "Gone"}, {"followers", "wakeDue"},
	{"conns/*/follower", "MayRead"}, {"conns/*/follower", "Written"}, {"conns/*/follower", "beatDue"},
	{"conns/*", "Followed"}, {"conns/*", "writeAgain"},
}

// requireFollowed has clients follow host 0 of a ring of two while a fault strikes, and fails unless
// each has all that is in the log.
func requireFollowed(t *testing.T, inject func(h *ringtest.Host, actor, of string) *ringtest.Fault) {
	for _, m := range followMail {
		t.Run(m.actor+"/"+m.of, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2, ringtest.File(smallSegments), ringtest.SyncTakes(time.Millisecond))
				fault := inject(r.hosts[0], m.actor, m.of)
				r.startAll()
				tails := []*tail{r.tail(0), r.tail(0), r.tail(0)}
				r.send(0, texts(strings.Repeat("long ", 90), 1500)...)
				for n := range 40 {
					r.send(0, texts("text", 10)...)
					time.Sleep(time.Duration(n%2) * 300 * time.Millisecond)
				}
				if stuck, err := r.tryFollow(0, beginning(), new(pzog.KeepAlive)); err == nil {
					time.Sleep(5 * time.Second)
					stuck.conn.Close()
				}
				time.Sleep(time.Second)
				fault.Heal()
				for _, f := range tails {
					f.stop(0)
				}
				if fault.Fired() == 0 {
					t.Errorf("it did not fire: %v", fault)
				}
			})
		})
	}
}

func TestFollowersOutlivePanics(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after=%v", after), func(t *testing.T) {
			requireFollowed(t, func(h *ringtest.Host, actor, of string) *ringtest.Fault {
				return panics(h.Actor(actor), 1, of, after)
			})
		})
	}
}

// often is a third of the messages of a type, or all if they are few.
func often(of string) ringtest.When {
	if of == "Gone" || of == "writeAgain" {
		return ringtest.Every(of)
	}
	return ringtest.When{Of: of, Chance: 0.3}
}

func TestFollowersOutliveLostMail(t *testing.T) {
	requireFollowed(t, func(h *ringtest.Host, actor, of string) *ringtest.Fault {
		return h.Actor(actor).Drop(often(of))
	})
}

func TestFollowersOutliveMailThatComesTwice(t *testing.T) {
	requireFollowed(t, func(h *ringtest.Host, actor, of string) *ringtest.Fault {
		if of == "beatDue" || of == "wakeDue" || of == "writeAgain" { // of their own
			return h.Actor(actor).Delay(time.Second, often(of))
		}
		return h.Actor(actor).Duplicate(often(of))
	})
}

func TestFollowersOutliveMailOutOfOrder(t *testing.T) {
	requireFollowed(t, func(h *ringtest.Host, actor, of string) *ringtest.Fault {
		return h.Actor(actor).Reorder(often(of))
	})
}

// A segment that is damaged or gone is mended, and the peer brings what is missing; those who follow
// meanwhile get each message once.
func TestFollowersOfADamagedLog(t *testing.T) {
	for name, damage := range map[string]func(d *ringtest.Disk, segment string) error{
		"a bit":    func(d *ringtest.Disk, s string) error { return d.Flip(s, 2000, 1) },
		"a cut":    func(d *ringtest.Disk, s string) error { return d.Cut(s, 1000) },
		"all gone": func(d *ringtest.Disk, s string) error { return d.Delete(s) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 2, ringtest.File(smallSegments+"\nlimits: {follower_timeout: 1h}"))
				for range 10 {
					r.send(0, texts("one", 50)...)
					r.send(1, texts("two", 50)...)
				}
				time.Sleep(time.Second)
				live := r.tail(0)
				if err := damage(r.hosts[0].Disk(), "access.log.4"); err != nil {
					t.Fatal(err)
				}
				late := []*tail{r.tail(0), r.tail(0), r.tail(0)}
				for range 10 {
					r.try(0, texts("three", 10)...) // while it takes stock it refuses
					time.Sleep(3 * time.Second)
				}
				time.Sleep(30 * time.Second)
				r.requireEqual(0, 1)
				for _, f := range append(late, live) {
					f.stop(0)
				}
			})
		})
	}
}
