package relay

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

const hosts = 5

var all = ring.All(hosts)

// cursor is a new connection of host 0 to peer in a ring of five.
func cursor(t rapid.TB, peer int) *Cursor {
	return New(mustPlan(t, hosts, ring.Uniform), 0, peer, indexIn(hosts))
}

// messages are those with the numbers first to last of one run.
func messages(origin string, first, last uint64) []row.Row { return wrapped(origin, 0, first, last) }

// wrapped are messages that came with a wrapping. Of their seqs the odd ones come in
// the second of the one before them, so that there are rows of two.
func wrapped(origin string, wrapping uint32, first, last uint64) []row.Row {
	var b row.Builder
	for seq := first; seq <= last; seq++ {
		b.Add(&row.Head{
			Run: marks.Run{Origin: origin, Boot: 7}, Seq: seq, Time: int64(1000 + seq/2), Wrapping: wrapping,
			Session: 5, Number: 10 + seq, MinCopies: 2,
		}, []byte("hello\r\n"))
	}
	return b.Take()
}

// sent appends rows and returns what went to the peer.
func sent(t rapid.TB, c *Cursor, rows []row.Row, up ring.Set) []frame.Data {
	t.Helper()
	return decode(t, c.Append(nil, rows, up))
}

var withTexts = cmp.AllowUnexported(frame.Texts{})

func TestAFrameCarriesItsMessage(t *testing.T) {
	got := sent(t, cursor(t, 1), messages("H0", 3, 3), all)
	want := []frame.Data{{
		Wrapping: 2, ID: 1, Text: []byte("hello\r\n"), Origin: []byte("H0"), Boot: 7, Seq: 3, TimeMS: 1_001_000,
		Session: 5, Number: 13, MinCopies: 2,
	}}
	if diff := cmp.Diff(want, got, withTexts); diff != "" {
		t.Error(diff)
	}
}

// What is appended for rows is what AppendData would for each message of them, whatever
// their heads are.
func TestRowsBecomeTheFramesOfTheirMessages(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		count := rapid.OneOf(rapid.Uint64Range(0, 2), rapid.Uint64Range(126, 128), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
		c, boots := cursor(r, 2), uint64(0)
		var b row.Builder
		var want []byte
		for id := uint64(1); id <= 40; {
			h := row.Head{
				Run: marks.Run{Origin: "H4", Boot: boots}, Seq: 1 + count.Draw(r, "seq")/2, Time: rapid.Int64Range(0, 2).Draw(r, "time"),
				Wrapping: 2, Session: rapid.Uint64Range(0, 1).Draw(r, "session"), MinCopies: rapid.Uint32Range(0, 2).Draw(r, "copies"),
			}
			if boots++; h.Session != 0 {
				h.Number = count.Draw(r, "number")
			}
			for range rapid.IntRange(1, 5).Draw(r, "messages") {
				text := strings.Repeat("x", rapid.IntRange(1, 200).Draw(r, "text")) + "\r\n"
				b.Add(&h, []byte(text))
				want = frame.AppendData(want, &frame.Data{
					ID: id, Text: []byte(text), Origin: []byte("H4"), Boot: h.Boot, Seq: h.Seq, TimeMS: h.Time * 1000,
					Session: h.Session, Number: h.Number, MinCopies: h.MinCopies,
				})
				id, h.Seq = id+1, h.Seq+1
				if h.Session != 0 {
					h.Number++ // and round: then another row begins
				}
			}
		}
		if diff := cmp.Diff(decode(r, want), decode(r, c.Append(nil, b.Take(), all)), withTexts); diff != "" {
			r.Fatal(diff)
		}
	})
}

// A link that the tree gives nothing to is sent the frames of the links further on, while
// these are down.
func TestTheTreeDecidesWhatALinkIsSent(t *testing.T) {
	for name, tt := range map[string]struct {
		peer     int
		origin   string
		wrapping uint32
		up       ring.Set
		want     []uint32 // the wrapping it is sent with, if it is
	}{
		"ours, to +1":                        {1, "H0", 0, all, []uint32{2}},
		"ours, to +3":                        {3, "H0", 0, all, nil},
		"ours, to +3 when +1 is down":        {3, "H0", 0, all.Without(1), []uint32{0}},
		"handed on, to the sender's +3":      {2, "H4", 2, all, []uint32{0}},
		"handed on, not as a leaf":           {2, "H4", 0, all, nil},
		"handed on, a wrapping of no scheme": {2, "H4", 4, all, nil},
		"of nobody in the ring":              {1, "X", 2, all, nil},
	} {
		t.Run(name, func(t *testing.T) {
			rows := wrapped(tt.origin, tt.wrapping, 1, 1)
			var got []uint32
			for _, d := range sent(t, cursor(t, tt.peer), rows, tt.up) {
				got = append(got, d.Wrapping)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("sent with %v, want %v", got, tt.want)
			}
		})
	}
}

// Rows of one origin are decided once, and anew when anything has changed.
func TestADecisionHoldsOnlyForWhatItWasMadeFor(t *testing.T) {
	c := cursor(t, 3)
	for i, step := range []struct {
		change func()
		origin string
		up     ring.Set
		want   int
	}{
		{func() {}, "H0", all, 0},
		{func() {}, "H0", all.Without(1), 2},
		{func() {}, "H0", all, 0},
		{func() {}, "H2", all, 0},
		{func() {}, "H0", all.Without(1), 2},
		{func() {}, "X", all.Without(1), 0},
		{func() { c.Begin(new(marks.Vector), true) }, "X", all, 2},
		{func() {}, "H0", all, 2},
		{func() { c.EndRepair() }, "H0", all, 0},
		{func() { c.Begin(new(marks.Vector), true) }, "H0", all, 2},
		{func() { c.Begin(new(marks.Vector), false) }, "H0", all, 0},
	} {
		step.change()
		first := uint64(10 * i)
		if got := sent(t, c, messages(step.origin, first+1, first+2), step.up); len(got) != step.want {
			t.Errorf("step %d: %d of 2 messages of %s were sent, want %d", i, len(got), step.origin, step.want)
		}
	}
	rows := slices.Concat(messages("H4", 1, 1), wrapped("H4", 2, 2, 2), messages("H4", 3, 3)) // 2 is what host 0 hands on to host 2
	if got := sent(t, cursor(t, 2), rows, all); len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("of three wrappings these were sent on: %v", got)
	}
}

// drawLog draws what a host has taken: some runs, one of them of nobody in the
// ring, in any mixture.
func drawLog(r *rapid.T) (rows []row.Row) {
	var taken marks.Vector
	for range rapid.IntRange(0, 15).Draw(r, "rows") {
		origin := rapid.SampledFrom([]string{"H0", "H1", "H3", "X"}).Draw(r, "origin")
		run := marks.Run{Origin: origin, Boot: 7}
		first, n := taken.Seq(run)+1, rapid.IntRange(1, 5).Draw(r, "n")
		taken.Take(run, first, n)
		rows = append(rows, messages(origin, first, first+uint64(n)-1)...)
	}
	return rows
}

// Whom a Tree names, and no other, is sent something by its link.
func TestATreeNamesThoseWhoAreSentSomething(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tree := NewTree(mustPlan(t, hosts, ring.Uniform), 0, indexIn(hosts))
		for range 5 {
			up := ring.Set(rapid.Uint64Range(0, uint64(all)).Draw(r, "up")).With(0)
			var rows []row.Row
			for seq := range rapid.Uint64Range(0, 4).Draw(r, "rows") {
				origin := rapid.SampledFrom([]string{"H0", "H1", "H3", "H4", "X"}).Draw(r, "origin")
				rows = append(rows, wrapped(origin, rapid.Uint32Range(0, 2).Draw(r, "wrapping"), seq+1, seq+1)...)
			}
			var want ring.Set
			for peer := 1; peer < hosts; peer++ {
				if len(sent(r, cursor(t, peer), rows, up)) > 0 {
					want = want.With(peer)
				}
			}
			if got := tree.Peers(rows, up); got != want {
				r.Fatalf("named are %b, and %b are sent something", got, want)
			}
		}
	})
}

// Whatever a peer has, a repair sends it the rest, in the order of the log,
// with ids 1, 2, 3 and with the wrapping that lets it take its place in the
// tree; and all of that only once.
func TestARepairSendsExactlyWhatThePeerLacks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		log, peer, c := drawLog(r), new(marks.Vector), cursor(r, 1)
		for _, origin := range []string{"H0", "H1", "H3", "X"} {
			peer.Set(marks.Mark{Run: marks.Run{Origin: origin, Boot: 7}, Seq: rapid.Uint64Range(0, 9).Draw(r, "has")})
		}
		var want []frame.Data
		wrappings := map[string]uint32{"H0": 2, "H1": 0, "H3": 0, "X": 0}
		for i := range log {
			for m := range log[i].Len() {
				h := log[i].At(m)
				if h.Seq <= peer.Seq(h.Run) {
					continue
				}
				want = append(want, frame.Data{
					Wrapping: wrappings[h.Origin], ID: uint64(len(want) + 1), Text: log[i].Text(m),
					Origin: []byte(h.Origin), Boot: h.Boot, Seq: h.Seq, TimeMS: h.Time * 1000, Session: h.Session, Number: h.Number,
					MinCopies: h.MinCopies,
				})
			}
		}
		c.Begin(peer.Clone(), true)
		cut := rapid.IntRange(0, len(log)).Draw(r, "cut")
		got := append(sent(r, c, log[:cut], 0), sent(r, c, log[cut/2:], all)...)
		if diff := cmp.Diff(want, got, withTexts); diff != "" {
			r.Fatal(diff)
		}
		if c.EndRepair(); c.Repairing() || len(sent(r, c, log, all)) != 0 {
			r.Fatal("what the repair has sent is sent again")
		}
	})
}

func TestAnAnswerToWhatWasNeverSentIsAnError(t *testing.T) {
	c := cursor(t, 1)
	if _, err := c.Answered(1, true, time.Unix(0, 0)); !errors.Is(err, errNeverSent) {
		t.Errorf("nothing is sent, and 1 is answered: %v", err)
	}
	sent(t, c, messages("H0", 1, 3), all)
	if _, err := c.Answered(1, true, time.Unix(0, 0)); !errors.Is(err, errNeverSent) {
		t.Errorf("1 is not written yet, and answered: %v", err)
	}
	c.Sent(time.Time{})
	for id, want := range map[uint64]error{0: nil, 1: nil, 3: nil, 4: errNeverSent, 1<<64 - 1: errNeverSent} {
		if _, err := c.Answered(id, true, time.Unix(0, 0)); !errors.Is(err, want) {
			t.Errorf("1 to 3 are sent, and %d is answered: %v, want %v", id, err, want)
		}
	}
}
