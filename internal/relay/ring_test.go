package relay

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// host is a host without sockets or a disk: what it took, and a Cursor and a
// position for each peer.
type host struct {
	taken     marks.Vector
	rows      []row.Row
	cursors   []*Cursor
	positions []int
}

// simulation is a ring whose frames travel at once, from up hosts to up hosts.
type simulation struct {
	t     rapid.TB
	plan  ring.Plan
	up    ring.Set
	hosts []*host
	sent  int // frames
}

func name(host int) string { return fmt.Sprintf("H%d", host) }

// indexIn finds the hosts of a ring of n by their names.
func indexIn(n int) func(string) (int, bool) {
	return func(origin string) (host int, ok bool) {
		_, err := fmt.Sscanf(origin, "H%d", &host)
		return host, err == nil && host < n
	}
}

func mustPlan(t rapid.TB, n int, s ring.Scheme) ring.Plan {
	plan, err := ring.New(n, s)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func newSimulation(t rapid.TB, n int, s ring.Scheme, up ring.Set) *simulation {
	sim := &simulation{t: t, plan: mustPlan(t, n, s), up: up}
	for self := range n {
		h := &host{positions: make([]int, n)}
		for peer := range n {
			h.cursors = append(h.cursors, New(sim.plan, self, peer, indexIn(n)))
		}
		sim.hosts = append(sim.hosts, h)
	}
	return sim
}

// take lets a client hand a message to a host.
func (s *simulation) take(origin int) {
	h := s.hosts[origin]
	run := marks.Run{Origin: name(origin), Boot: 1}
	head := row.Head{Run: run, Seq: h.taken.Seq(run) + 1}
	h.taken.Take(run, head.Seq, 1)
	h.rows = append(h.rows, rowOf(head, []byte("x\r\n")))
}

// step moves one link up to the newest message of its host.
func (s *simulation) step(self, peer int) (moved bool) {
	h := s.hosts[self]
	if self == peer || !s.up.Has(self) || !s.up.Has(peer) || h.positions[peer] == len(h.rows) {
		return false
	}
	cursor := h.cursors[peer]
	buf := cursor.Append(nil, h.rows[h.positions[peer]:], s.up)
	h.positions[peer] = len(h.rows)
	cursor.Sent(time.Time{})
	for _, d := range decode(s.t, buf) {
		s.arrive(self, peer, &d)
		if _, err := cursor.Answered(d.ID, true, time.Unix(0, 0)); err != nil {
			s.t.Fatal(err)
		}
	}
	return true
}

// arrive fails for what is not the very next message of its run: in a ring at
// rest the tree sends no message twice, and none out of order.
func (s *simulation) arrive(from, to int, d *frame.Data) {
	s.sent++
	h, run := s.hosts[to], marks.Run{Origin: string(d.Origin), Boot: d.Boot}
	if _, took := h.taken.Take(run, d.Seq, 1); took != 1 {
		s.t.Fatalf("host %d got %v %d from %d behind %d", to, run, d.Seq, from, h.taken.Seq(run))
	}
	h.rows = append(h.rows, rowOf(row.Head{Run: run, Seq: d.Seq, Time: d.TimeMS / 1000, Wrapping: d.Wrapping}, d.Text))
}

// decode returns the messages of a buffer that has only Data.
func decode(t rapid.TB, buf []byte) (all []frame.Data) {
	t.Helper()
	for len(buf) > 0 {
		body, n, err := frame.Split(buf, frame.PeerLimit)
		var f frame.Frame
		if err == nil {
			err = frame.Decode(body, &f)
		}
		if err != nil || f.Kind != frame.DataKind {
			t.Fatalf("kind %d, error %v", f.Kind, err)
		}
		for d, ok := f.Data, true; ok; ok = d.Next() {
			one := d
			one.More = frame.Texts{}
			all = append(all, one)
		}
		buf = buf[n:]
	}
	return all
}

func rowOf(h row.Head, text []byte) row.Row {
	var b row.Builder
	b.Add(&h, text)
	return b.Take()[0]
}

// Whoever is up, and in whatever order the links get their turns, each host
// that is up takes each message, with one frame each.
func TestTheTreeBringsEachMessageOnceToEachHostThatIsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(r, "hosts")
		scheme := ring.Uniform
		if n == 5 && rapid.Bool().Draw(r, "respective") {
			scheme = ring.Respective
		}
		s := newSimulation(r, n, scheme, ring.Set(rapid.Uint64Range(1, 1<<n-1).Draw(r, "up")))
		host := rapid.IntRange(0, n-1)
		messages := 0
		r.Repeat(map[string]func(*rapid.T){
			"take": func(r *rapid.T) {
				origin := host.Filter(s.up.Has).Draw(r, "origin")
				s.take(origin)
				messages++
			},
			"step": func(r *rapid.T) { s.step(host.Draw(r, "from"), host.Draw(r, "to")) },
		})
		s.settle()
		for i, h := range s.hosts {
			if s.up.Has(i) && len(h.rows) != messages {
				r.Fatalf("host %d has %d of %d messages", i, len(h.rows), messages)
			}
		}
		if want := messages * (s.up.Len() - 1); s.sent != want {
			r.Fatalf("%d frames were sent, want %d", s.sent, want)
		}
	})
}

// settle moves all links until nobody has anything to send.
func (s *simulation) settle() {
	for moved := true; moved; {
		moved = false
		for self := range s.hosts {
			for peer := range s.hosts {
				moved = s.step(self, peer) || moved
			}
		}
	}
}
