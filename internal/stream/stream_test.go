package stream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/row"
)

// states are how a stream may stand, and the events that bring it there.
var states = [...]struct{ name, events string }{
	{"idle", "connect"},
	{"idle, a Locate is out", "acked; marks H0=3"},
	{"live, 1 is unanswered", "acked; marks H0=3; located 9; forward 9 H0=4..4; sent"},
	{"from disk", "acked repair; marks H0=3; located none"},
	{"from the window, after the disk", "acked repair; marks H0=3; located none; alarm next; read H0=4..4; sent; alarm next; end 10"},
}

// TestTransitions has for each event what follows from it in each of the states.
func TestTransitions(t *testing.T) {
	const (
		fromDisk = "open; note: asks for what the window no longer has; reading it from the log; set next 1 after 0s; -> fromDisk"
		unsent   = "violation: ok for an id that was never sent; "
	)
	for _, c := range []struct {
		event string
		want  [len(states)]string
	}{
		{"acked", [...]string{"get marks; -> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"acked repair", [...]string{
			"get marks; -> idle",
			"set begin 1 after 10ms; -> idle",
			"set begin 1 after 10ms; -> live",
			"set begin 1 after 10ms; -> fromDisk",
			"set begin 1 after 10ms; -> fromWindow",
		}},
		{"+10ms acked repair", [...]string{
			"get marks; -> idle",
			"get marks; -> idle",
			"reach down; get marks; -> idle",
			"close; unset next 1; get marks; -> idle",
			"close; get marks; -> idle",
		}},
		{"located 20", [...]string{"-> idle", "reach up; pull 20; -> live", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"located none", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"located 20 0", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"located none 0", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"forward 10 H0=5..5", [...]string{
			"-> idle",
			"-> idle",
			"give H0=5..5; send H0=5..5 as 2..2; -> live",
			"-> fromDisk",
			"give H0=5..5; close; say marks; reach up; pull 11; send H0=5..5 as 2..2; -> live",
		}},
		{"forward 10 H3=1..1 more", [...]string{
			"-> idle",
			"-> idle",
			"give H3=1..1; send nothing; -> live",
			"-> fromDisk",
			"give H3=1..1; send H3=1..1 as 2..2; -> fromWindow",
		}},
		{"forward 10 moved", [...]string{
			"-> idle",
			"-> idle",
			"note: is not where the window is any more; it will ask again; reach down; -> idle",
			"-> fromDisk",
			"set next 3 after 0s; -> fromDisk",
		}},
		{"forward 9 H0=4..4", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"forward 9 moved", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"alarm next", [...]string{"-> idle", "-> idle", "-> live", "read; -> fromDisk", "-> fromWindow"}},
		{"alarm next 0", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"alarm begin", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"+5s alarm answer", [...]string{
			"-> idle",
			"-> idle",
			"note: does not answer; reach down; -> idle",
			"-> fromDisk",
			"set answer 2 after 5s; -> fromWindow",
		}},
		{"+4s alarm answer", [...]string{"-> idle", "-> idle", "set answer 2 after 1s; -> live", "-> fromDisk", "set answer 2 after 1s; -> fromWindow"}},
		{"+6s alarm answer", [...]string{"-> idle", "-> idle", "set answer 2 after 5s; -> live", "-> fromDisk", "set answer 2 after 5s; -> fromWindow"}},
		{"sent", [...]string{"-> idle", "-> idle", "-> live", "-> fromDisk", "-> fromWindow"}},
		{"ok 1", [...]string{unsent + "-> idle", unsent + "-> idle", "-> live", unsent + "-> fromDisk", "-> fromWindow"}},
		{"ok 1 early", [...]string{
			unsent + "-> idle",
			unsent + "-> idle",
			"note: lacks what is before the newest messages; reach down; -> idle",
			unsent + "-> fromDisk",
			"-> fromWindow",
		}},
		{"ok 2", [...]string{unsent + "-> idle", unsent + "-> idle", unsent + "-> live", unsent + "-> fromDisk", unsent + "-> fromWindow"}},
		{"drain", [...]string{
			"drained; -> idle",
			"drained; -> idle",
			"pull 10 every; -> live",
			"drained; -> fromDisk",
			"-> fromWindow",
		}},
		{"disconnected", [...]string{
			"-> idle",
			"-> idle",
			"reach down; unset answer 1; -> idle",
			"close; unset next 1; -> idle",
			"close; unset answer 1; -> idle",
		}},
	} {
		for i, s := range states {
			if got := follows(t, s.events, c.event); got != c.want[i] {
				t.Errorf("%s: %s\n got %s\nwant %s", s.name, c.event, got, c.want[i])
			}
		}
	}
	if got := follows(t, states[1].events+"; +1s acked repair; marks H0=3", "located none"); got != fromDisk {
		t.Errorf("the window has not what is asked for: %s", got)
	}
	if got := follows(t, states[1].events+"; +1s acked repair; marks H0=3", "located none 1"); got != "-> idle" {
		t.Errorf("an answer to a Locate of another kind: %s", got)
	}
	if got := follows(t, states[1].events+"; +1s acked repair; marks H0=3; +1s acked repair; marks H0=4", "located none 2"); got != "-> idle" {
		t.Errorf("an answer to an earlier Locate of the same kind: %s", got)
	}
}

// follows returns what follows from an event after others.
func follows(t *testing.T, before, event string) string {
	t.Helper()
	p := newPlayer()
	var wants []string
	for _, e := range append(strings.Split(before, ";"), event) {
		var err error
		if wants, err = p.play(e); err != nil {
			t.Fatalf("%s; %s: at %s: %v", before, event, e, err)
		}
	}
	return strings.Join(append(wants, "-> "+p.m.phase.String()), "; ")
}

// A log that cannot be read ends the connection, and so does a peer that answers what it
// was never sent. The Machine lets go of everything when it is told so.
func TestWhatEndsAConnection(t *testing.T) {
	reading := states[3].events + "; alarm next"
	for _, c := range []struct{ before, event, want string }{
		{reading, "failed", "damage: damaged; -> fromDisk"},
		{reading + "; failed", "disconnected", "close; -> idle"},
		{reading + "; read H0=4..4", "disconnected", "close; -> idle"},
		{states[2].events, "ok 2", "violation: ok for an id that was never sent; -> live"},
		{states[2].events + "; acked repair", "disconnected", "reach down; unset answer 1; unset begin 1; -> idle"},
		{states[2].events + "; disconnected", "disconnected", "-> idle"},
		{states[2].events + "; drain", "disconnected", "reach down; drained; unset answer 1; -> idle"},
		{states[4].events + "; drain", "disconnected", "close; drained; unset answer 1; -> idle"},
		{states[2].events + "; drain; ok 1; taken=10 forward 10; sent", "disconnected", "reach down; unset answer 1; -> idle"},
	} {
		if got := follows(t, c.before, c.event); got != c.want {
			t.Errorf("%s; %s:\n got %s\nwant %s", c.before, c.event, got, c.want)
		}
	}
}

// A peer that asks for a repair again and again gets a beginning every 10 ms, and not one
// for each time.
func TestBeginningsKeepAPause(t *testing.T) {
	p, begun := newPlayer(), 0
	for range 100 {
		wants, err := p.play("+1ms acked repair")
		for err == nil && len(wants) > 0 && p.owes == GetMarks {
			begun++
			wants, err = p.play("marks H0=3")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if begun != 10 {
		t.Errorf("%d beginnings in 100 ms, want 10", begun)
	}
}

// Oldest says since when the peer owes an answer.
func TestOldest(t *testing.T) {
	p := newPlayer()
	for _, c := range []struct {
		event string
		want  time.Duration // after the first event; 0 is the zero time
	}{
		{"acked", 0}, {"marks H0=3", 0}, {"located 9", 0},
		{"+1s forward 9 H0=4..4", 0}, {"+1s sent", 2 * time.Second},
		{"+1s forward 10 H0=5..5", 2 * time.Second}, {"sent", 2 * time.Second},
		{"ok 1", 3 * time.Second}, {"ok 2", 0},
	} {
		if _, err := p.play(c.event); err != nil {
			t.Fatal(err)
		}
		want := time.Time{}
		if c.want > 0 {
			want = time.Unix(1000, 0).Add(c.want)
		}
		if got := p.m.Oldest(); !got.Equal(want) {
			t.Errorf("%s: the oldest is of %v, want %v", c.event, got, want)
		}
	}
}

// steady brings a Machine into the phase live and returns what forwards n messages and
// has them answered.
func steady(tb testing.TB, n int) func() {
	p := newPlayer()
	for _, e := range []string{"acked", "marks", "located 0"} {
		if _, err := p.play(e); err != nil {
			tb.Fatal(err)
		}
	}
	rows := [][]row.Row{rows([]string{fmt.Sprintf("H0=1..%d", n), "size=48"})}
	position := uint64(0)
	return func() {
		f := Forward{Position: position, OK: true, Rows: rows, Next: position + uint64(n), End: true, Up: 1<<hosts - 1}
		var effects []Effect
		if p.out, effects = p.m.Forwarded(p.now, p.out[:0], f); len(effects) != 2 || len(p.out) < 48*n {
			tb.Fatalf("%d effects and %d bytes for %d messages", len(effects), len(p.out), n)
		}
		p.m.Sent(p.now)
		p.m.Answered(p.now, f.Next, true)
		for i := range rows[0] {
			rows[0][i].Seq += uint64(n)
		}
		position = f.Next
	}
}

func TestForwardingDoesNotAllocate(t *testing.T) {
	if allocs := testing.AllocsPerRun(100, steady(t, 100)); allocs != 0 {
		t.Errorf("%v allocations for 100 messages, want none", allocs)
	}
}

func BenchmarkForward(b *testing.B) {
	for _, n := range []int{1, 5000} {
		b.Run(fmt.Sprintf("messages=%d", n), func(b *testing.B) {
			forward := steady(b, n)
			b.ReportAllocs()
			for b.Loop() {
				forward()
			}
		})
	}
}

// The memory of the effects is used again. Meanwhile it does not keep alive what the
// effects of the last event referred to.
func TestWhatEffectsReferToIsLetGoOf(t *testing.T) {
	p := newPlayer()
	for _, e := range []string{"acked", "marks H0=3", "acked"} { // what follows from the last is nothing
		if _, err := p.play(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range p.m.effects[:cap(p.m.effects)] {
		if e.Rows != nil || e.Marks != nil {
			t.Errorf("%v is still referred to", e)
		}
	}
}

// The marks of a Locate are read by the router, while the stream goes on.
func TestTheMarksOfALocateStayAsTheyAre(t *testing.T) {
	p := newPlayer()
	p.m.Acked(p.now, false)
	peer := table([]string{"H0=3"})
	said := p.m.Begin(p.now, peer)[0].Marks
	p.m.Located(p.now, said, 10, true)
	p.m.Forwarded(p.now, nil, Forward{Position: 10, OK: true, Rows: [][]row.Row{rows([]string{"H0=4..6"})}, Next: 13, Up: 1<<hosts - 1})
	if got := marksOf(said); got != "H0=3" {
		t.Errorf("after messages were sent they are %s", got)
	}
}
