package rings_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// hearing reads all that comes on a connection, until a time or its end, and notes the
// longest silence.
func (w *wire) hearing(until time.Time) (longest time.Duration, err error) {
	piece := make([]byte, 4096)
	for last := time.Now(); ; last = time.Now() {
		if err := w.conn.SetReadDeadline(until); err != nil {
			return longest, err
		}
		_, err := w.conn.Read(piece)
		longest = max(longest, time.Since(last))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return longest, nil
		}
		if err != nil {
			return longest, err
		}
	}
}

// flood writes messages one by one, and now and then a keepAlive, until the connection
// ends.
func (w *wire) flood() {
	for id := uint64(1); ; id++ {
		frames := frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("flood\r\n")})
		if id%100 == 0 {
			frames = frame.AppendKeepAlive(frames, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)
		}
		if _, err := w.conn.Write(frames); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A host that owes answers says something at least every second, whatever it reads:
// also to 200 clients that flood, with a disk so slow that their bytes stay unread, a
// keepAlive too; and no connection is given up, although nothing of it is read for longer
// than the timeout (docs/protocol.md, section 10).
func TestLongAHostThatOwesAnAnswerGivesSignsOfLife(t *testing.T) {
	for name, tt := range map[string]struct {
		clients int
		slow    func(d *ringtest.Disk) *ringtest.Fault
	}{
		"200 clients, syncs of 5 s": {200, func(d *ringtest.Disk) *ringtest.Fault { return d.Slow(5*time.Second, ringtest.Every("sync")) }},
		"a sync that hangs for 30 s": {3, func(d *ringtest.Disk) *ringtest.Fault {
			hang := d.Hang("sync")
			time.AfterFunc(30*time.Second, hang.Heal)
			return hang
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 2, ringtest.File("keepalive: {interval: 1s, timeout: 3s}"))
				time.Sleep(2 * time.Second)
				slow := tt.slow(r.hosts[0].Disk())
				var clients sync.WaitGroup
				longest, ends := make([]time.Duration, tt.clients), make([]error, tt.clients)
				for i := range tt.clients {
					w := r.dialPort(fromAfar, r.ring.Ports.Client)
					clients.Go(w.flood)
					clients.Go(func() {
						defer w.conn.Close()
						longest[i], ends[i] = w.hearing(time.Now().Add(12 * time.Second))
					})
				}
				clients.Wait()
				if most, err := slices.Max(longest), errors.Join(ends...); err != nil || most > time.Second {
					t.Errorf("silent for up to %v, and connections ended: %v", most, err)
				}
				time.Sleep(20 * time.Second)
				slow.Heal()
			})
		})
	}
}

// So does a host that reads its log for a survey.
func TestASurveyGivesSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, texts("text", 10)...)
		w := r.client()
		mark := w.ours()
		slow := r.hosts[0].Disk().Slow(20*time.Second, ringtest.Every("read"))
		defer slow.Heal()
		w.askSurvey(mark)
		if longest, err := w.hearing(time.Now().Add(10 * time.Second)); err != nil || longest > time.Second {
			t.Errorf("silent for up to %v, and then: %v", longest, err)
		}
	})
}

// A peer is given signs of life too, as long as it has no Ok; and no longer.
func TestAPeerThatWaitsForAnOkIsGivenSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		hang := r.hosts[0].Disk().Hang("sync")
		w.write(data(1, 1, "one"))
		if longest, err := w.hearing(time.Now().Add(30 * time.Second)); err != nil || longest > time.Second {
			t.Errorf("silent for up to %v, and then: %v", longest, err)
		}
		hang.Heal()
		time.Sleep(time.Second)
		if _, err := w.hearing(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if longest, err := w.hearing(time.Now().Add(4 * time.Second)); err != nil || longest < 4*time.Second {
			t.Errorf("something was said %v after all was answered, %v", longest, err)
		}
	})
}

// A peer that leaves a Data unanswered, and says nothing at all, is hung up on without
// waiting for the next keepAlive.
func TestAnUnansweredDataAndSilenceEndAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, ringtest.File("keepalive: {interval: 100s}"))
		w := r.greetedBy0()
		time.Sleep(20 * time.Second)
		defer r.hosts[0].Disk().Hang("sync").Heal() // else it speaks of its new mark
		client := r.client()
		client.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("unanswered\r\n")}))
		for f := w.read(); f.Kind != frame.DataKind; {
			f = w.read()
		}
		begun := time.Now()
		if _, err := w.hearing(begun.Add(time.Minute)); err == nil || time.Since(begun) > 2600*time.Millisecond {
			t.Errorf("closed after %v: %v", time.Since(begun), err)
		}
	})
}

// A peer that works says so and keeps its connections, although its disk hangs for
// 30 s and so much is sent to it that the buffers on the way are full.
func TestAPeerThatWorksIsNotHungUpOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		hang := r.hosts[1].Disk().Hang("sync")
		for n := range 30 {
			r.send(0, texts(fmt.Sprint(n, strings.Repeat(" and so on", 40)), 200)...)
			time.Sleep(time.Second)
		}
		hang.Heal()
		time.Sleep(5 * time.Second)
		r.requireSame(6000, 0, 1, 2)
		if n := r.Said("peer is down: silent"); n > 0 {
			t.Errorf("%d connections were taken for silent", n)
		}
	})
}

// Every host says within 10 s that another cannot be heard any more, although nobody
// sends: once, as a warning. It says once that it is back.
func TestAnIdleRingNoticesASilentHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		for _, length := range []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute} {
			time.Sleep(10*time.Second + length%7)
			downs, ups := r.Said("level=warning msg=\"peer is down"), r.Said("level=info msg=\"peer is up")
			cut := r.Partition("S")
			time.Sleep(10 * time.Second)
			if n := r.Said("level=warning msg=\"peer is down: silent") - downs; n != 8 {
				t.Errorf("%d times a peer was said to be lost, want 8", n)
			}
			time.Sleep(length)
			cut.Heal()
			time.Sleep(2 * time.Second)
			if n := r.Said("level=warning msg=\"peer is down") - downs; n != 8 {
				t.Errorf("%d times a peer was said to be lost, want 8: once each", n)
			}
			if n := r.Said("level=info msg=\"peer is up") - ups; n != 8 {
				t.Errorf("%d times a peer was said to be back, want 8", n)
			}
		}
	})
}

// After a cut of any length the ring is complete within 2 s, whoever was cut off, and
// whoever takes messages meanwhile.
func TestLongARingIsCompleteSoonAfterACut(t *testing.T) {
	oneWay := func(from bool) func(r *memoryRing) (heal func()) {
		return func(r *memoryRing) func() {
			var faults []*ringtest.Fault
			for i := range 4 {
				link := r.link(i, 4)
				if from {
					link = r.link(4, i)
				}
				faults = append(faults, link.Drop())
			}
			return func() {
				for _, f := range faults {
					f.Heal()
				}
			}
		}
	}
	part := func(groups ...string) func(r *memoryRing) (heal func()) {
		return func(r *memoryRing) func() { return r.Partition(groups...).Heal }
	}
	for name, tt := range map[string]struct {
		cut     func(r *memoryRing) (heal func())
		clients []int
	}{
		"one host, a client elsewhere":         {part("S"), []int{0}},
		"one host, which takes messages":       {part("S"), []int{4}},
		"two hosts, clients on both sides":     {part("G", "S"), []int{0, 2, 4}},
		"nothing reaches it, clients on both":  {oneWay(false), []int{0, 4}},
		"nothing leaves it, clients on both":   {oneWay(true), []int{0, 4}},
		"all from all, and a client at one":    {part("MV", "PA", "G", "LA", "S"), []int{0}},
		"all from all, and a client at each":   {part("MV", "PA", "G", "LA", "S"), []int{0, 1, 2, 3, 4}},
		"two from three, a client at each one": {part("MV S"), []int{0, 1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 5)
				time.Sleep(5 * time.Second)
				sent := 0
				work := func(length time.Duration) {
					for end := time.Now().Add(length); time.Now().Before(end); sent += len(tt.clients) {
						for _, i := range tt.clients {
							r.send(i, fmt.Sprint("text ", sent))
						}
						time.Sleep(100 * time.Millisecond)
					}
				}
				work(time.Second)
				for _, length := range []time.Duration{time.Second, 3100 * time.Millisecond, 12 * time.Second} {
					heal := tt.cut(r)
					work(length)
					heal()
					time.Sleep(2 * time.Second)
					r.requireSame(sent, 0, 1, 2, 3, 4)
					if t.Failed() {
						t.Fatalf("2 s after a cut of %v", length)
					}
					work(3 * time.Second)
				}
				heal := tt.cut(r)
				r.hangUp(tt.clients[0])
				time.Sleep(2 * time.Minute)
				r.send(tt.clients[0], "at the end")
				heal()
				time.Sleep(2 * time.Second)
				r.requireSame(sent+1, 0, 1, 2, 3, 4)
			})
		})
	}
}

// A shorter timeout that is put in force on one host after the other, in any order,
// drops no healthy peer, although the others speak less often for a while. Nor does a
// longer interval.
func TestAShorterTimeoutDropsNobody(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File("keepalive: {interval: 60s}"))
				time.Sleep(150 * time.Second)
				reload := func(interval, timeout time.Duration) {
					for _, i := range order {
						ring := *r.ring
						ring.Keepalive.Interval, ring.Keepalive.Timeout = interval, timeout
						r.hosts[i].Daemon().Reload(&ring, nil)
						time.Sleep(70 * time.Second)
					}
				}
				reload(time.Second, 3*time.Second)
				reload(100*time.Second, 200*time.Second)
				reload(5*time.Second, 8*time.Second)
				if n := r.Said("peer is down"); n > 0 {
					t.Errorf("%d connections were given up", n)
				}
			})
		})
	}
}

// A host whose process was stopped for a minute has heard nobody for as long. It does not
// judge by that: what was said meanwhile is still to be read.
func TestAHostThatWasStoppedJudgesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("keepalive: {interval: 5s, timeout: 20s}"))
		time.Sleep(5 * time.Second)
		w := r.client()
		say := func(seconds int) {
			for range seconds {
				w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
				time.Sleep(time.Second)
			}
		}
		say(10)
		late := r.hosts[0].FromClients().Slow(time.Minute+200*time.Millisecond, 0) // it is read that late
		pause := r.hosts[0].Pause()
		say(60)
		pause.Heal()
		time.Sleep(time.Second)
		late.Heal()
		say(10)
		if longest, err := w.hearing(time.Now().Add(time.Second)); err != nil {
			t.Errorf("the client was given up after %v: %v", longest, err)
		}
		if n := r.Said("level=warning msg=\"peer is down: silent for too long\" host=MV"); n > 0 {
			t.Errorf("a healthy peer was given up")
		}
	})
}
