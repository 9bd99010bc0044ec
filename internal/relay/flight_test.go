package relay

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
)

// flight is the model of what is on its way: all writes that are not wholly
// answered.
type flight struct {
	writes           []write
	appended, unsent int // bytes and frames since the last write
	last             uint64
}

func (f *flight) bytes() (n int) {
	for _, w := range f.writes {
		n += w.bytes
	}
	return n
}

func (f *flight) check(r *rapid.T, c *Cursor) {
	oldest, busy := c.Oldest()
	switch {
	case c.bytes != f.bytes():
		r.Fatalf("%d bytes in flight, want %d", c.bytes, f.bytes())
	case busy != (len(f.writes) > 0):
		r.Fatalf("busy is %v with %d writes open", busy, len(f.writes))
	case busy && !oldest.Equal(f.writes[0].at):
		r.Fatalf("the oldest is of %v, want %v", oldest, f.writes[0].at)
	}
}

func TestWhatIsSentIsInFlightUntilItIsAnswered(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, f, now := cursor(r, 1), new(flight), time.Unix(0, 0)
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				n := rapid.IntRange(1, 3).Draw(r, "messages")
				first := f.last + uint64(f.unsent) + 1
				f.appended += len(c.Append(nil, messages("H0", first, first+uint64(n)-1), all))
				f.unsent += n
			},
			"send": func(r *rapid.T) {
				now = now.Add(time.Second)
				if n := c.Sent(now); n != uint64(f.unsent) {
					r.Fatalf("%d frames were sent, want %d", n, f.unsent)
				}
				if f.unsent > 0 {
					f.last += uint64(f.unsent)
					f.writes = append(f.writes, write{f.last, f.appended, now})
				}
				f.appended, f.unsent = 0, 0
			},
			"answer": func(r *rapid.T) {
				id := rapid.Uint64Range(0, f.last).Draw(r, "id")
				if _, err := c.Answered(id, true, time.Unix(0, 0)); err != nil {
					r.Fatal(err)
				}
				for len(f.writes) > 0 && f.writes[0].lastID <= id {
					f.writes = f.writes[1:]
				}
			},
			"": func(r *rapid.T) { f.check(r, c) },
		})
	})
}

// A new beginning forgets what is in flight, but no id: answers to earlier
// frames are as good as before, and new frames go on from them.
func TestABeginningForgetsWhatIsInFlight(t *testing.T) {
	c := cursor(t, 1)
	sent(t, c, messages("H0", 1, 3), all)
	c.Sent(time.Unix(5, 0))
	c.Begin(new(marks.Vector), true)
	if _, busy := c.Oldest(); busy || c.bytes != 0 || !c.Repairing() {
		t.Errorf("%d bytes in flight, busy %v, repairing %v", c.bytes, busy, c.Repairing())
	}
	got := sent(t, c, messages("H0", 1, 3), all)
	if len(got) != 3 || got[0].ID != 4 || got[2].ID != 6 {
		t.Fatalf("sent again: %v", got)
	}
	c.Sent(time.Unix(6, 0))
	if _, err := c.Answered(3, true, time.Unix(0, 0)); err != nil {
		t.Error(err)
	}
	if oldest, busy := c.Oldest(); !busy || !oldest.Equal(time.Unix(6, 0)) {
		t.Errorf("the oldest is of %v, busy %v", oldest, busy)
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	const n = 100
	c, rows, now := cursor(t, 1), messages("H0", 1, n), time.Unix(0, 0)
	buf := c.Append(nil, rows, all)
	if allocs := testing.AllocsPerRun(100, func() {
		for i := range rows {
			rows[i].Seq += n
		}
		buf = c.Append(buf[:0], rows, all)
		c.Sent(now)
		if _, err := c.Answered(rows[len(rows)-1].Last(), true, time.Unix(0, 0)); err != nil || c.bytes != 0 {
			t.Fatal("not all is answered")
		}
	}); allocs != 0 {
		t.Errorf("%v allocations for %d messages, want none", allocs, n)
	}
}

// A peer that did not take what it answers lacks what was before it, unless its
// word on its marks is newer than the frames.
func TestFramesThatWereNotTaken(t *testing.T) {
	c := cursor(t, 1)
	sent(t, c, messages("H0", 1, 3), all)
	c.Sent(time.Unix(5, 0))
	if lost, err := c.Answered(2, true, time.Unix(0, 0)); lost || err != nil {
		t.Errorf("taken: lost %v, error %v", lost, err)
	}
	if lost, err := c.Answered(3, false, time.Unix(0, 0)); !lost || err != nil {
		t.Errorf("not taken: lost %v, error %v", lost, err)
	}
	c.Begin(new(marks.Vector), true)
	if lost, err := c.Answered(3, false, time.Unix(0, 0)); lost || err != nil {
		t.Errorf("not taken, and sent before the peer's last word: lost %v, error %v", lost, err)
	}
}
