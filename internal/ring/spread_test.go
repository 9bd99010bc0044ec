package ring

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

// arrival is how one host heard of the message in a simulated spread.
type arrival struct {
	times, depth int
	wrapping     uint32
	sent         int
}

// spread hands a message to origin and follows every Send to its end; view is
// what each host believes about who is up. That nobody is sent to twice holds
// for any views at all.
func spread(t rapid.TB, p Plan, origin int, view func(self int) Set) []arrival {
	t.Helper()
	got := make([]arrival, p.n)
	got[origin].times = 1
	var sends []Send
	for queue := []int{origin}; len(queue) > 0; queue = queue[1:] {
		self := queue[0]
		sends = p.Sends(sends[:0], origin, self, got[self].wrapping, view(self))
		got[self].sent = len(sends)
		for _, s := range sends {
			if got[s.To].times++; got[s.To].times > 1 {
				t.Fatalf("n %d origin %d: host %d is sent to twice", p.n, origin, s.To)
			}
			got[s.To].depth = got[self].depth + 1
			got[s.To].wrapping = s.Wrapping
			queue = append(queue, s.To)
		}
	}
	return got
}

// checkSpread holds the promises of docs/protocol.md, 7, against one spread.
func checkSpread(t rapid.TB, p Plan, origin int, up Set) {
	t.Helper()
	got := spread(t, p, origin, func(int) Set { return up })
	for host, a := range got {
		if want := up.With(origin).Has(host); (a.times == 1) != want {
			t.Fatalf("n %d origin %d up %b: host %d was reached %d times", p.n, origin, up, host, a.times)
		}
		if a.times == 1 && a.wrapping != p.Wrapping(origin, host) {
			t.Fatalf("n %d origin %d up %b: host %d got wrapping %d, want %d",
				p.n, origin, up, host, a.wrapping, p.Wrapping(origin, host))
		}
		if a.depth > bits.Len(uint(p.n))-1 {
			t.Fatalf("n %d origin %d up %b: host %d is %d deep", p.n, origin, up, host, a.depth)
		}
		if up == All(p.n) && a.sent > 2 {
			t.Fatalf("n %d origin %d: host %d sends %d", p.n, origin, host, a.sent)
		}
	}
}

// mustNew is New for arguments that a test knows to be good.
func mustNew(t rapid.TB, n int, s Scheme) Plan {
	t.Helper()
	p, err := New(n, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSpreadAllUp(t *testing.T) {
	for n := 1; n <= MaxHosts; n++ {
		p := mustNew(t, n, Uniform)
		for origin := range n {
			checkSpread(t, p, origin, All(n))
		}
	}
}

// Every set of up hosts, for every origin, of every ring small enough.
func TestSpreadEverySmallRing(t *testing.T) {
	for n := 1; n <= 10; n++ {
		p := mustNew(t, n, Uniform)
		for origin := range n {
			for up := range All(n) + 1 {
				checkSpread(t, p, origin, up)
			}
		}
	}
}

func TestSpreadRespective(t *testing.T) {
	p := mustNew(t, 5, Respective)
	for origin := range 5 {
		for up := range All(5) + 1 {
			checkSpread(t, p, origin, up)
		}
	}
}

func TestSpreadAnyRing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, MaxHosts).Draw(r, "n")
		p := mustNew(r, n, Uniform)
		up := Set(rapid.Uint64().Draw(r, "up")) & All(n)
		for origin := range n {
			checkSpread(r, p, origin, up)
		}
	})
}

// Hosts need not agree on who is up. Some may then be missed, which the marks
// make good; still nobody gets a message twice, or from a host that believed it
// down.
func TestSpreadUnequalViews(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, MaxHosts).Draw(r, "n")
		origin := rapid.IntRange(0, n-1).Draw(r, "origin")
		views := rapid.SliceOfN(rapid.Uint64(), n, n).Draw(r, "views")
		p := mustNew(r, n, Uniform)
		spread(r, p, origin, func(self int) Set { return Set(views[self]) })
		for self, up := range views {
			for _, s := range p.Sends(nil, origin, self, p.Wrapping(origin, self), Set(up)) {
				if !Set(up).Has(s.To) || s.To == origin || s.To == self {
					r.Fatalf("host %d, up %b, sends to %d", self, up, s.To)
				}
			}
		}
	})
}

// The rule as docs/protocol.md, 7, states it: whoever gets wrapping w under the
// uniform scheme sends to itself +w and +2w.
func TestReceiverRule(t *testing.T) {
	for n := 2; n <= MaxHosts; n++ {
		p := mustNew(t, n, Uniform)
		for origin := range n {
			for pos := 1; pos < n; pos++ {
				self := (origin + pos) % n
				w := p.Wrapping(origin, self)
				var want []Send
				for _, hop := range []int{int(w), 2 * int(w)} {
					if w != 0 && pos+hop < n {
						to := (self + hop) % n
						want = append(want, Send{to, p.Wrapping(origin, to)})
					}
				}
				if w != 0 && want == nil {
					t.Fatalf("n %d position %d has wrapping %d and nobody to send to", n, pos, w)
				}
				checkSends(t, p.Sends(nil, origin, self, w, All(n)), want)
			}
		}
	}
}
