package rings_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// requireWhole fails unless what a follower was sent and what it was told to be a hole are the
// messages 1 to n of a run, each once.
func (f *follower) requireWhole(run marks.Run, n uint64) {
	f.t.Helper()
	lines, holes := uint64(0), uint64(0)
	for _, line := range f.lines {
		if strings.Contains(line, " "+run.Name()+".") {
			lines++
		}
	}
	for _, h := range f.holes {
		if h.Run == run {
			holes += h.Seq - h.First + 1
		}
	}
	if lines+holes != n || f.position.Seq(run) != n {
		f.t.Errorf("%d lines of %s and holes of %d up to %d, want %d in all", lines, run.Name(), holes, f.position.Seq(run), n)
	}
}

// What was retired is told, before what stands behind it.
func TestRetiredMessagesAreToldAsAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File(fewSegments))
		for range 20 {
			r.send(0, texts("text", 50)...)
			time.Sleep(5 * time.Second)
		}
		run := r.hosts[0].Daemon().Present().Run
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(len(r.lines(0)))
		if len(f.holes) != 1 || f.holes[0].First != 1 || f.holes[0].Run != run || !slices.Equal(f.lines, r.lines(0)) {
			t.Errorf("holes %v, %d lines", f.holes, len(f.lines))
		}
		f.requireWhole(run, 1000)
		// The beginning of the log and the last of it have no hole before them, and neither have those of a time before which
		// the log begins.
		for _, ask := range []*pzog.KeepAlive{
			{SinceMs: 1}, {Last: 10}, {Last: 100_000}, {SinceMs: math.MaxInt64}, {SinceMs: time.Now().Add(-time.Second).UnixMilli()},
		} {
			g := r.follow(0, beginning(), ask)
			r.send(0, "one more")
			for !strings.HasSuffix(strings.Join(g.lines, ""), "one more\r\n") {
				if !g.next() {
					t.Fatal("it does not come")
				}
			}
			if len(g.holes) > 0 {
				t.Errorf("%+v: holes %v", ask, g.holes)
			}
			if ask.SinceMs == 1 && !slices.Equal(g.lines, r.lines(0)) {
				t.Errorf("from the beginning there are %d lines, want %d", len(g.lines), len(r.lines(0)))
			}
			g.conn.Close()
		}
		// A time of which a part was retired has one.
		g := r.follow(0, beginning(), &pzog.KeepAlive{SinceMs: time.Now().Add(-time.Hour).UnixMilli()})
		g.await(len(r.lines(0)))
		g.requireWhole(run, r.hosts[0].Daemon().Present().Seq)
	})
}

// A run of which nothing is left is a hole too, and so is what is retired while a follower waits.
func TestARunThatWasRetiredIsAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("log: {segment_age: 5s, retain_age: 10s}"))
		r.send(0, texts("text", 100)...)
		first := r.hosts[0].Daemon().Present().Run
		r.stop(0)
		r.start(0)
		time.Sleep(time.Minute)
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		if !f.next() {
			t.Fatal("nothing is told")
		}
		f.requireWhole(first, 100)
		if len(f.lines) > 0 {
			t.Errorf("%d lines are left", len(f.lines))
		}
		if g := r.follow(0, beginning(), &pzog.KeepAlive{SinceMs: 1}); g.position.Seq(first) != 100 {
			t.Errorf("who begins gets %s after %d", first.Name(), g.position.Seq(first))
		}
		second := r.hosts[0].Daemon().Present().Run
		for range 10 {
			r.send(0, "more")
			time.Sleep(4 * time.Second)
		}
		f.await(10)
		f.requireWhole(second, 10)
	})
}

// A client that does not read while segments are retired loses these, and is told so.
func TestRetirementUnderASlowFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File(fewSegments+"\nlimits: {follower_timeout: 1h}"))
		r.send(0, texts("text", 100)...)
		run := r.hosts[0].Daemon().Present().Run
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(100)
		for i := range 300 {
			r.send(0, texts(fmt.Sprint(strings.Repeat("long ", 80), i), 20)...)
			time.Sleep(time.Second)
			if i%20 == 0 {
				f.write(keepAlive())
			}
		}
		for f.position.Seq(run) < 6100 && f.next() {
		}
		f.requireWhole(run, 6100)
		if len(f.holes) == 0 {
			t.Error("nothing was retired before it was read: this shows nothing")
		}
	})
}
