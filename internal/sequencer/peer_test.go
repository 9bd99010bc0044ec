package sequencer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
)

func TestWhatBecomesOfAPeersBatch(t *testing.T) {
	run, other := marks.Run{Origin: "MV", Boot: 1}, marks.Run{Origin: "PA", Boot: 1}
	nobodys := marks.Run{Origin: "X", Boot: 1}
	held := func(first, last uint64, run marks.Run, seq uint64) sequencer.Decision {
		return sequencer.Decision{Held: []sequencer.Held{{FirstID: first, LastID: last, Run: run, Seq: seq}}}
	}
	// MV has sent 1 to 3 before.
	before := func(h *host) { _, _ = h.peer(mv, of(run, 1, 3, "x")) }
	// All peers have been heard for long, and MV holds lines from 4 on alone.
	hole := func(h *host) {
		for peer := range ring[1:] {
			h.heard(peer+1, marks.Run{Origin: "S", Boot: 9}, 1, 1)
		}
		h.heard(mv, run, 4, 9)
	}
	for what, test := range map[string]struct {
		before func(*host)
		rows   []row.Row
		takes  string
		want   sequencer.PeerDecision
	}{
		"the first messages of a run are taken": {
			rows: of(run, 1, 3, "x"), takes: "MV.1 1-3",
		},
		"the next ones are taken": {
			before: before, rows: of(run, 4, 5, "x"), takes: "MV.1 4-5",
		},
		"rows of several runs are looked at each by itself": {
			before: before, rows: slices.Concat(of(run, 4, 4, "x"), of(other, 1, 2, "x")), takes: "MV.1 4, PA.1 1-2",
		},
		"a duplicate is held until the first one is durable": {
			before: before, rows: of(run, 2, 3, "x"),
			want: sequencer.PeerDecision{Decision: held(4, 5, run, 3), Duplicates: 2},
		},
		"of a row that is partly duplicate the rest is taken": {
			before: before, rows: of(run, 3, 5, "x"), takes: "MV.1 4-5",
			want: sequencer.PeerDecision{Decision: held(4, 4, run, 3), Duplicates: 1},
		},
		"a duplicate in the same batch is one": {
			rows: slices.Concat(of(run, 1, 2, "x"), of(run, 2, 3, "x")), takes: "MV.1 1-2, MV.1 3",
			want: sequencer.PeerDecision{Decision: held(3, 3, run, 2), Duplicates: 1},
		},
		"a duplicate with another text is a conflict": {
			before: before, rows: of(run, 2, 3, "y"),
			want: sequencer.PeerDecision{
				Decision: held(4, 5, run, 3), Duplicates: 2, Conflicts: 2, Conflict: marks.Mark{Run: run, Seq: 2},
			},
		},
		"behind a gap nothing is taken, and the peer is asked": {
			before: before, rows: of(run, 5, 6, "x"),
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 5}, AskRepair: true, BehindGap: 2},
		},
		"the first gap of a batch counts": {
			before: before, rows: slices.Concat(of(run, 5, 5, "x"), of(run, 7, 7, "x"), of(other, 1, 1, "x")), takes: "PA.1 1",
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 5}, AskRepair: true, BehindGap: 2},
		},
		"while a repair is under way nobody else is asked": {
			before: func(h *host) { h.heard(pa, other, 1, 3) }, rows: of(run, 2, 2, "x"),
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 2}, BehindGap: 1},
		},
		"where no host has the messages of a gap a hole is declared": {
			before: hole, rows: of(run, 4, 5, "x"), takes: "MV.1 4-5",
			want: sequencer.PeerDecision{Holes: []sequencer.Hole{{Run: run, First: 1, Last: 3}}},
		},
		"a hole in the middle of a run goes from what was taken on": {
			before: func(h *host) { hole(h); _, _ = h.peer(mv, of(run, 1, 1, "x")) }, rows: of(run, 4, 5, "x"), takes: "MV.1 4-5",
			want: sequencer.PeerDecision{Holes: []sequencer.Hole{{Run: run, First: 2, Last: 3}}},
		},
		"no hole is declared behind a message that is not the first that the peer has": {
			before: hole, rows: of(run, 5, 5, "x"),
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 5}, BehindGap: 1},
		},
		"no hole is declared while a peer has a line in it": {
			before: func(h *host) { hole(h); h.heard(pa, run, 2, 9) }, rows: of(run, 4, 5, "x"),
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 4}, BehindGap: 2},
		},
		"no hole is declared that the origin denies": {
			before: func(h *host) { hole(h); h.answers[run] = 3 }, rows: of(run, 4, 5, "x"),
			want: sequencer.PeerDecision{Gap: marks.Mark{Run: run, Seq: 4}, BehindGap: 2},
		},
		"a run of an origin that has too many is not wanted": {
			before: func(h *host) { h.limit = 0 }, rows: slices.Concat(of(run, 1, 2, "x"), of(other, 1, 1, "x")),
			want: sequencer.PeerDecision{Unwanted: 3, Surplus: run},
		},
		"a run that is here already is wanted however many there are": {
			before: func(h *host) { before(h); h.limit = 0 }, rows: of(run, 4, 4, "x"), takes: "MV.1 4",
		},
		"a run of no host of the ring is not wanted unasked": {
			rows: of(nobodys, 1, 2, "x"), want: sequencer.PeerDecision{Unwanted: 2},
		},
		"a run of no host of the ring is taken in a repair": {
			before: func(h *host) { h.heard(mv, nobodys, 1, 2) }, rows: of(nobodys, 1, 2, "x"), takes: "X.1 1-2",
		},
		"our own messages come back as duplicates": {
			before: func(h *host) { h.client("c", named(1, 1, 3, "x")) }, rows: of(own(7), 1, 3, "x"),
			want: sequencer.PeerDecision{Decision: held(1, 3, own(7), 3), Duplicates: 3},
		},
		"what was lost before the log comes back, of the run before": {
			before: func(h *host) { h.client("c", named(1, 1, 3, "x")); h.Begin(own(8), new(marks.Vector)) },
			rows:   of(own(7), 1, 3, "x"), takes: "LA.7 1-3",
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHost()
			if test.before != nil {
				test.before(h)
			}
			got, err := h.peer(mv, test.rows)
			if takes := spans(got.Rows); takes != test.takes || err != nil {
				t.Errorf("takes %q, want %q; error %v", takes, test.takes, err)
			}
			for _, r := range got.Rows {
				if h.Taken().Seq(r.Run) < r.Last() {
					t.Errorf("%+v was taken, but LA has %v", r.Head, h.Taken().Marks())
				}
			}
			got.Rows = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want (-) and got (+):\n%s", diff)
			}
		})
	}
}

// One row that cannot be true is reason to take nothing of its batch.
func TestABatchThatIsNotBelieved(t *testing.T) {
	run := marks.Run{Origin: "MV", Boot: 1}
	for want, row := range map[string][]row.Row{
		"seq is over 2^48-1":                          of(marks.Run{Origin: "PA", Boot: 1}, record.MaxSeq, record.MaxSeq+1, "x"),
		"a message that claims to be ours and is not": of(own(7), 3, 4, "x"),
	} {
		h := newHost()
		h.client("c", named(1, 1, 3, "x"))
		d, err := h.peer(mv, slices.Concat(of(run, 1, 2, "x"), row))
		if err == nil || err.Error() != want || len(d.Rows)+len(d.Held)+d.BehindGap > 0 || h.Taken().Len() != 1 {
			t.Errorf("%+v, error %v, and LA has %v; want the error %q", d, err, h.Taken().Marks(), want)
		}
	}
}

// The census counts the runs that were taken, until no host holds a line of them.
func TestRunsAreCounted(t *testing.T) {
	h := newHost()
	h.limit = 8 * (len(ring) + 1) // 8 runs of each origin
	bring := func(boot uint64) int {
		d, err := h.peer(mv, of(marks.Run{Origin: "MV", Boot: boot}, 1, 1, "x"))
		if err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(time.Hour) // so MV may bring another
		return len(d.Rows)
	}
	for boot := uint64(1); boot <= 8; boot++ {
		if bring(boot) != 1 {
			t.Fatalf("run %d is not taken", boot)
		}
	}
	if bring(9) != 0 {
		t.Error("run 9 is taken")
	}
	h.Durable(marks.Mark{Run: marks.Run{Origin: "MV", Boot: 3}}, h.now) // it is forgotten
	if bring(9) != 1 {
		t.Error("run 9 is not taken in the place of run 3")
	}
	h.Begin(own(8), new(marks.Vector))
	if bring(10) != 1 {
		t.Error("run 10 is not taken where none was durable")
	}
}

// What the log has is taken, also if it was on its way there when a new run began.
func TestWhatIsDurableIsTaken(t *testing.T) {
	run := marks.Run{Origin: "MV", Boot: 1}
	h := newHost()
	h.Durable(marks.Mark{Run: run, Seq: 3, First: 1}, h.now)
	d, err := h.peer(mv, of(run, 3, 4, "x"))
	if got := spans(d.Rows); got != "MV.1 4" || d.Duplicates != 1 || err != nil {
		t.Errorf("takes %q, and %d duplicates, error %v; want MV.1 4 and 1", got, d.Duplicates, err)
	}
}
