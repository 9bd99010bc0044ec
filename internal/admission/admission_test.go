package admission_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/admission"
	"xlattice.org/zog/internal/ratelimit"
)

// testConn is a connection whose state the test sets.
type testConn struct {
	name  string
	from  netip.Prefix
	state admission.State
}

func (g *testConn) State() admission.State { return g.state }
func (g *testConn) Evict(error, []byte)    {}

var start = time.Unix(1000, 0)

func at(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }

func TestWhoHasToGo(t *testing.T) {
	here, there := "127.0.0.1", "127.0.0.2"
	silent := func(second int) admission.State { return admission.State{Since: at(second)} }
	idle := func(second int) admission.State { return admission.State{Spoke: true, Since: at(second)} }
	owed := func(second int) admission.State { return admission.State{Spoke: true, Owed: true, Since: at(second)} }
	type in struct {
		from  string
		state admission.State
	}
	tests := []struct {
		name   string
		limits admission.Limits
		in     []in
		from   string
		out    int // which has to go; -1 is none
		err    error
	}{
		{"there is room", admission.Limits{All: 3, PerAddress: 3}, []in{{here, idle(1)}, {here, idle(2)}}, here, -1, nil},
		{"the first that never spoke", admission.Limits{All: 3, PerAddress: 3}, []in{{here, idle(1)}, {here, silent(3)}, {here, silent(2)}}, there, 1, nil},
		{"the idlest", admission.Limits{All: 3, PerAddress: 3}, []in{{here, idle(3)}, {here, idle(1)}, {here, idle(2)}}, there, 1, nil},
		{"not who is owed", admission.Limits{All: 3, PerAddress: 3}, []in{{here, owed(1)}, {here, owed(2)}, {here, idle(3)}}, there, 2, nil},
		{"nobody is idle", admission.Limits{All: 2, PerAddress: 2}, []in{{here, owed(1)}, {here, owed(2)}}, there, -1, admission.ErrFull},
		{"only of the same address", admission.Limits{All: 9, PerAddress: 2}, []in{{there, silent(1)}, {here, idle(3)}, {here, idle(2)}}, here, 2, nil},
		{"nobody of the address is idle", admission.Limits{All: 9, PerAddress: 1}, []in{{there, silent(1)}, {here, owed(2)}}, here, -1, admission.ErrAddress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d admission.Pool
			var conns []*testConn
			for i, g := range tt.in {
				conns = append(conns, &testConn{name: fmt.Sprint(i)})
				if _, err := d.Admit(conns[i], ratelimit.Source(netip.MustParseAddr(g.from)), admission.Limits{All: 99, PerAddress: 99}, at(10)); err != nil {
					t.Fatal(err)
				}
				conns[i].state = g.state
			}
			out, err := d.Admit(new(testConn), ratelimit.Source(netip.MustParseAddr(tt.from)), tt.limits, at(10))
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if tt.out < 0 && out != nil || tt.out >= 0 && (len(out) != 1 || out[0] != admission.Conn(conns[tt.out])) {
				t.Errorf("%v has to go, want %d", out, tt.out)
			}
		})
	}
}

// house is a pool whose connections come, send and go.
type house struct {
	admission.Pool
	limits admission.Limits
	now    time.Time
	in     []*testConn
}

// enter has one come, and holds the decision against all that are there.
func (h *house) enter(t *rapid.T, g *testConn) {
	g.state = admission.State{Since: h.now}
	before := append([]*testConn(nil), h.in...)
	mine := 0
	for _, other := range before {
		if other.from == g.from {
			mine++
		}
	}
	out, err := h.Admit(g, g.from, h.limits, h.now)
	may := func(other *testConn) bool { return mine < h.limits.PerAddress || other.from == g.from }
	if err != nil {
		for _, other := range before {
			if may(other) && !other.state.Owed {
				t.Fatalf("%v is not let in: %v, while %s is idle", g.from, err, other.name)
			}
		}
		return
	}
	h.in = append(h.in, g)
	if out == nil {
		return
	}
	if len(out) != 1 {
		t.Fatalf("%d have to go", len(out))
	}
	gone := out[0].(*testConn)
	h.remove(gone)
	if gone.state.Owed || !may(gone) {
		t.Fatalf("%s has to go", gone.name)
	}
	for _, other := range before {
		if other == gone || !may(other) || other.state.Owed {
			continue
		}
		earlier := other.state.Since.Before(gone.state.Since)
		if !other.state.Spoke && gone.state.Spoke || other.state.Spoke == gone.state.Spoke && earlier {
			t.Fatalf("%+v has to go before %+v", gone, other)
		}
	}
}

func (h *house) remove(g *testConn) {
	for i, other := range h.in {
		if other == g {
			h.in = append(h.in[:i:i], h.in[i+1:]...)
			return
		}
	}
}

// There are never more than may be, in all and from an address; who comes gets in as long
// as one is idle that may make room, and it is always the idlest that goes.
func TestAnHonestNewcomerGetsIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &house{now: at(0), limits: admission.Limits{
			All: rapid.IntRange(1, 12).Draw(t, "in all"), PerAddress: rapid.IntRange(1, 6).Draw(t, "from one address"),
		}}
		for n := range rapid.IntRange(1, 200).Draw(t, "steps") {
			h.now = h.now.Add(time.Second)
			act := rapid.SampledFrom([]string{"come", "come", "come", "speak", "ask", "answer", "go"}).Draw(t, "act")
			if act == "come" {
				h.enter(t, &testConn{name: fmt.Sprint(n), from: netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, byte(rapid.IntRange(1, 3).Draw(t, "address"))}), 32)})
			} else if len(h.in) > 0 {
				g := rapid.SampledFrom(h.in).Draw(t, "connection")
				switch act {
				case "speak":
					g.state.Spoke, g.state.Since = true, h.now
				case "ask":
					g.state = admission.State{Spoke: true, Owed: true, Since: h.now}
				case "answer":
					if g.state.Owed {
						g.state.Owed, g.state.Since = false, h.now
					}
				case "go":
					h.Remove(g)
					h.remove(g)
				}
			}
			count := make(map[netip.Prefix]int)
			for _, g := range h.in {
				count[g.from]++
				if count[g.from] > h.limits.PerAddress {
					t.Fatalf("%d from %v", count[g.from], g.from)
				}
			}
			if h.Len() != len(h.in) || h.Len() > h.limits.All {
				t.Fatalf("%d are in, %d by its own count, %d may be", len(h.in), h.Len(), h.limits.All)
			}
		}
	})
}

// No client can make a host scan all its connections as often as it likes.
func TestALookAtAllIsRare(t *testing.T) {
	var d admission.Pool
	from, now := netip.MustParsePrefix("127.0.0.1/32"), at(0)
	looks := 0
	for range 1000 {
		if _, err := d.Admit(&counted{looks: &looks, owed: true}, from, admission.Limits{All: 1000, PerAddress: 1000}, now); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		if _, err := d.Admit(new(counted), from, admission.Limits{All: 1000, PerAddress: 2000}, now); err == nil {
			t.Fatal("one is let in")
		}
	}
	if looks > 3000 {
		t.Errorf("%d looks at connections for 1000 that were refused", looks)
	}
}

type counted struct {
	looks *int
	owed  bool
}

func (c *counted) Evict(error, []byte) {}

func (c *counted) State() admission.State {
	*c.looks++
	return admission.State{Spoke: true, Owed: c.owed}
}

func TestRoom(t *testing.T) {
	for _, tt := range []struct{ descriptors, peers, want int }{
		{20000, 4, 20000 - 64}, {1024, 4, 960}, {256, 4, 192}, {64, 4, 16}, {40, 4, 10}, {256, 63, 64}, {3, 4, 1},
	} {
		if got := admission.Room(tt.descriptors, tt.peers); got != tt.want {
			t.Errorf("%d descriptors, %d peers: %d, want %d", tt.descriptors, tt.peers, got, tt.want)
		}
	}
}

// Connections with one name are limited wherever they come from: the oldest that never spoke goes,
// else the idlest, and if all wait for answers, the new one does. Those with other names stay.
func TestConnectionsOfOneName(t *testing.T) {
	var p admission.Pool
	limits := admission.Limits{All: 99, PerAddress: 99}
	come := func(n int, state admission.State) *testConn {
		c := &testConn{name: fmt.Sprint(n), state: state}
		from := netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, byte(n)}), 32)
		if _, err := p.Admit(c, from, limits, at(10)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	spoke := func(second int) admission.State { return admission.State{Spoke: true, Since: at(second)} }
	name := func(c *testConn, name string, want ...admission.Conn) error {
		t.Helper()
		out, err := p.Name(c, name, 2, at(10))
		if fmt.Sprint(out) != fmt.Sprint(want) {
			t.Errorf("%v has to go, want %v", out, want)
		}
		return err
	}
	other, one, two := come(1, spoke(1)), come(2, spoke(3)), come(3, admission.State{Since: at(4)})
	p4 := come(4, spoke(5))
	for _, err := range []error{name(other, "other"), name(one, "laptop"), name(two, "laptop"), name(p4, "laptop", two)} {
		if err != nil {
			t.Error(err)
		}
	}
	three := come(5, spoke(6))
	if err := name(three, "laptop", one); err != nil {
		t.Error(err)
	}
	for _, c := range []*testConn{three, p4} {
		c.state.Owed = true
	}
	if err := name(come(6, spoke(6)), "laptop"); !errors.Is(err, admission.ErrName) {
		t.Errorf("one too many: %v", err)
	}
	p.Remove(three)
	if err := name(come(7, spoke(7)), "laptop"); err != nil {
		t.Errorf("after one has gone: %v", err)
	}
	if err := name(three, "laptop"); err != nil || p.Len() != 4 {
		t.Errorf("one that has gone gets a name, and %d are in: %v", p.Len(), err)
	}
}
