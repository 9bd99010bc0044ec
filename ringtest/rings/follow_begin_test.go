package rings_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// requireBegins follows with ask, and fails unless what is sent then is the log from line n on, and
// no hole is told.
func (r *memoryRing) requireBegins(ask *pzog.KeepAlive, n int) {
	r.t.Helper()
	f := r.follow(0, beginning(), ask)
	r.send(0, "the last")
	lines := r.lines(0)
	f.await(len(lines) - n)
	if !slices.Equal(f.lines, lines[n:]) || len(f.holes) > 0 {
		r.t.Errorf("%+v: %d lines were sent, want %d; holes %v", ask, len(f.lines), len(lines)-n, f.holes)
	}
	f.conn.Close()
}

// A client may follow from the end of the log, or from its last messages, however many segments
// these are in.
func TestAFollowerBeginsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File(smallSegments))
		for range 5 {
			r.send(0, texts("one", 100)...)
			r.send(1, texts("two", 100)...)
			time.Sleep(time.Second)
		}
		for last := range uint32(1010) {
			if last > 0 && (last < 10 || last%97 == 0 || last > 990) {
				n := len(r.lines(0))
				r.requireBegins(&pzog.KeepAlive{Last: last}, max(n-int(last), 0))
			}
		}
		r.requireBegins(&pzog.KeepAlive{SinceMs: math.MaxInt64}, len(r.lines(0)))
		r.requireBegins(new(pzog.KeepAlive), 0)
	})
}

// A client may follow from a time on: each run without what was taken before.
func TestAFollowerBeginsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File(smallSegments))
		begun := time.Now()
		for range 30 {
			r.send(0, texts("one", 20)...)
			r.send(1, texts("two", 20)...)
			time.Sleep(time.Minute)
		}
		r.stop(1) // a run that has ended
		r.start(1)
		r.send(1, texts("two", 20)...)
		time.Sleep(time.Minute)
		for _, since := range []time.Time{
			begun.Add(-time.Hour), begun, begun.Add(time.Second), begun.Add(59 * time.Second), begun.Add(5 * time.Minute),
			begun.Add(20*time.Minute + time.Millisecond), begun.Add(29 * time.Minute), time.Now(), time.Now().Add(time.Hour),
		} {
			want := 0
			for _, line := range r.lines(0) {
				if timeOf(t, line).Before(since.Truncate(time.Second)) {
					want++
				}
			}
			f := r.follow(0, beginning(), &pzog.KeepAlive{SinceMs: since.UnixMilli()})
			r.send(0, "the last")
			lines := r.lines(0)
			f.await(len(lines) - want)
			if !slices.Equal(f.lines, lines[want:]) || len(f.holes) > 0 {
				t.Errorf("since %v: %d lines were sent, want %d", since, len(f.lines), len(lines)-want)
			}
			f.conn.Close()
		}
	})
}

func timeOf(t *testing.T, line string) time.Time {
	t.Helper()
	var parser record.Parser
	rec, err := parser.Parse([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(rec.Time, 0)
}

// What a client has and what it does not want are both left out.
func TestMarksAndATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, texts("early", 50)...)
		time.Sleep(time.Minute)
		since := time.Now()
		r.send(0, texts("late", 50)...)
		run := r.hosts[0].Daemon().Present().Run
		for _, tt := range []struct {
			has  uint64
			ask  *pzog.KeepAlive
			want uint64
		}{
			{20, &pzog.KeepAlive{SinceMs: since.UnixMilli()}, 50},
			{70, &pzog.KeepAlive{SinceMs: since.UnixMilli()}, 70},
			{20, &pzog.KeepAlive{Last: 30}, 70},
			{80, &pzog.KeepAlive{Last: 30}, 80},
			{20, &pzog.KeepAlive{Last: 60, SinceMs: since.UnixMilli()}, 50},
			{20, &pzog.KeepAlive{Last: 30, SinceMs: since.UnixMilli()}, 70},
			{1000, &pzog.KeepAlive{SinceMs: math.MaxInt64}, 1000},
		} {
			var from marks.Vector
			from.Raise(run, tt.has)
			if f := r.follow(0, &from, tt.ask); f.position.Seq(run) != tt.want {
				t.Errorf("has %d, %+v: begins behind %d, want %d", tt.has, tt.ask, f.position.Seq(run), tt.want)
			}
		}
	})
}
