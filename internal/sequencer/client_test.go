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
	"xlattice.org/zog/messages/pzog"
)

func TestWhatBecomesOfAClientsBatch(t *testing.T) {
	// The session 1 has sent 1 to 3 before, on the connection c.
	before := func(h *host) { h.client("c", named(1, 1, 3, "x")) }
	for what, test := range map[string]struct {
		before func(*host)
		rows   []row.Unidentified
		takes  string
		want   sequencer.ClientDecision
	}{
		"the first messages are 1 and on of our run": {
			rows: named(1, 1, 3, "x"), takes: "LA.7 1-3",
		},
		"the next go on behind them": {
			before: before, rows: named(1, 4, 2, "x"), takes: "LA.7 4-5",
		},
		"rows of several sessions follow each other": {
			rows: slices.Concat(named(1, 1, 2, "x"), named(2, 1, 1, "x")), takes: "LA.7 1-2, LA.7 3",
		},
		"messages without a session are never known again": {
			before: func(h *host) { h.client("c", named(0, 0, 2, "x")) }, rows: named(0, 0, 2, "x"), takes: "LA.7 3-4",
		},
		"what is sent again is answered under its first identity": {
			before: before, rows: named(1, 1, 3, "x"),
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 4, LastID: 6, Run: own(7), Seq: 3}}}, Resent: 3,
			},
		},
		"what is sent again in another order has an entry for each message": {
			before: before, rows: slices.Concat(named(1, 1, 1, "x"), named(1, 3, 1, "x"), named(1, 2, 1, "x")),
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{
					{FirstID: 4, LastID: 4, Run: own(7), Seq: 1}, {FirstID: 5, LastID: 5, Run: own(7), Seq: 3}, {FirstID: 6, LastID: 6, Run: own(7), Seq: 2},
				}}, Resent: 3,
			},
		},
		"of a row that is partly sent again the rest is taken": {
			before: before, rows: named(1, 3, 2, "x"), takes: "LA.7 4",
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 4, LastID: 4, Run: own(7), Seq: 3}}}, Resent: 1,
			},
		},
		"a number that was used for another text is refused": {
			before: before, rows: slices.Concat(named(1, 2, 1, "y"), named(1, 3, 1, "x")),
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 5, LastID: 5, Run: own(7), Seq: 3}}},
				Refused:  []sequencer.Refused{{ID: 4, Reason: pzog.Refusal_NUMBER_REUSED, Text: []byte("y\r\n")}},
				Resent:   1,
			},
		},
		"what came by a peer first is held until that is durable": {
			before: func(h *host) {
				h.heard(mv, marks.Run{Origin: "MV", Boot: 1}, 1, 2)
				_, _ = h.peer(mv, rowsOf(row.Head{Run: marks.Run{Origin: "MV", Boot: 1}, Seq: 1, Session: 1, Number: 1}, 2, "x"))
			},
			rows: named(1, 1, 3, "x"), takes: "LA.7 1",
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 1, LastID: 2, Run: marks.Run{Origin: "MV", Boot: 1}, Seq: 2}}},
				Resent:   2,
			},
		},
		"a name is forgotten after 10 minutes": {
			before: func(h *host) {
				h.client("c", named(1, 1, 1, "x"))
				h.now = h.now.Add(11 * time.Minute)
				h.client("c", named(2, 1, 1, "x"))
			},
			rows: named(1, 1, 1, "x"), takes: "LA.7 3",
		},
		"what was lost before the log is taken again in the next run": {
			before: func(h *host) {
				h.client("c", named(1, 1, 2, "x"))
				h.log()
				h.client("c", named(1, 3, 2, "x"))
				h.Begin(own(8), h.durable.Clone())
			},
			rows: named(1, 2, 3, "x"), takes: "LA.8 1-2",
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 5, LastID: 5, Run: own(7), Seq: 2}}}, Resent: 1,
			},
		},
		"what is not confirmed of a void run is not answered under its identity": {
			before: func(h *host) {
				h.client("c", named(1, 1, 3, "x"))
				h.log()
				h.Void(own(7), 1)
				h.Begin(own(8), h.durable.Clone())
			},
			rows: named(1, 1, 3, "x"), takes: "LA.8 1-2",
			want: sequencer.ClientDecision{
				Decision: sequencer.Decision{Held: []sequencer.Held{{FirstID: 4, LastID: 4, Run: own(7), Seq: 1}}}, Resent: 1,
			},
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHost()
			if test.before != nil {
				test.before(h)
			}
			got := h.client("c", test.rows)
			if takes := spans(got.Rows); takes != test.takes {
				t.Errorf("takes %s, want %s", takes, test.takes)
			}
			for _, r := range got.Rows {
				if r.Time != h.now.Unix() || h.Taken().Seq(r.Run) < r.Last() || h.Present().Seq < r.Last() {
					t.Errorf("%+v was taken at %d, and LA has %v", r.Head, h.now.Unix(), h.Taken().Marks())
				}
			}
			got.Rows = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want (-) and got (+):\n%s", diff)
			}
		})
	}
}

// Messages of a void run get new identities, keep their times, and are known by the new
// ones when they are sent again.
func TestMessagesOfAVoidRunAreRetaken(t *testing.T) {
	h := newHost()
	rows := h.client("c", named(1, 1, 3, "x")).Rows
	taken := h.now.Unix()
	h.log()
	h.now = h.now.Add(time.Minute)
	unsure := []row.Row{rows[0].Slice(1, 3)}
	h.Void(own(7), 1)
	h.Begin(own(8), h.durable.Clone())
	rows = h.Renumber(unsure, h.now)
	if got := spans(rows); got != "LA.8 1-2" || rows[0].Time != taken {
		t.Errorf("%s is taken again, at %d; want LA.8 1-2 at %d", got, rows[0].Time, taken)
	}
	d := h.client("c", named(1, 1, 3, "x"))
	want := []sequencer.Held{{FirstID: 4, LastID: 4, Run: own(7), Seq: 1}, {FirstID: 5, LastID: 6, Run: own(8), Seq: 2}}
	if diff := cmp.Diff(want, d.Held); diff != "" || len(d.Rows) > 0 {
		t.Errorf("takes %q, and of what is held want (-) and got (+):\n%s", spans(d.Rows), diff)
	}
}

// A run ends before its numbers do.
func TestARunHasRoomForSoManyMessages(t *testing.T) {
	h := newHost()
	h.client("c", named(1, 1, 3, "x"))
	if !h.HasRoom(record.MaxSeq-3) || h.HasRoom(record.MaxSeq-2) {
		t.Errorf("behind 3 messages there is not room for exactly %d", uint64(record.MaxSeq-3))
	}
}
