package ring

import (
	"slices"
	"testing"
)

func checkSends(t testing.TB, got, want []Send) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("sends %v, want %v", got, want)
	}
}

// hop is one line of a transcript: who sends to whom, with which wrapping.
type hop struct {
	from, to int
	wrapping uint32
}

// hops runs a message of origin through a ring with all links up.
func hops(p Plan, origin int) []hop {
	var all []hop
	for queue := []hop{{to: origin}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, s := range p.Sends(nil, origin, at.to, at.wrapping, All(p.n)) {
			all = append(all, hop{at.to, s.To, s.Wrapping})
			queue = append(queue, hop{at.to, s.To, s.Wrapping})
		}
	}
	return all
}

// The seed's four sends, spelled out for every origin of its five hosts.
func TestFiveHosts(t *testing.T) {
	uniform := [][]hop{
		{{0, 1, 2}, {0, 2, 2}, {1, 3, 0}, {2, 4, 0}},
		{{1, 2, 2}, {1, 3, 2}, {2, 4, 0}, {3, 0, 0}},
		{{2, 3, 2}, {2, 4, 2}, {3, 0, 0}, {4, 1, 0}},
		{{3, 4, 2}, {3, 0, 2}, {4, 1, 0}, {0, 2, 0}},
		{{4, 0, 2}, {4, 1, 2}, {0, 2, 0}, {1, 3, 0}},
	}
	respective := [][]hop{
		{{0, 1, 1}, {0, 2, 2}, {1, 3, 0}, {2, 4, 0}},
		{{1, 2, 1}, {1, 3, 2}, {2, 4, 0}, {3, 0, 0}},
		{{2, 3, 1}, {2, 4, 2}, {3, 0, 0}, {4, 1, 0}},
		{{3, 4, 1}, {3, 0, 2}, {4, 1, 0}, {0, 2, 0}},
		{{4, 0, 1}, {4, 1, 2}, {0, 2, 0}, {1, 3, 0}},
	}
	for scheme, want := range [][][]hop{Uniform: uniform, Respective: respective} {
		p := mustNew(t, 5, Scheme(scheme))
		for origin := range 5 {
			if got := hops(p, origin); !slices.Equal(got, want[origin]) {
				t.Errorf("%v, origin %d: %v, want %v", Scheme(scheme), origin, got, want[origin])
			}
		}
	}
}

func TestSchemesWalkTheSameTree(t *testing.T) {
	u, r := mustNew(t, 5, Uniform), mustNew(t, 5, Respective)
	for origin := range 5 {
		for self := range 5 {
			for up := range All(5) + 1 {
				a := u.Sends(nil, origin, self, u.Wrapping(origin, self), up)
				b := r.Sends(nil, origin, self, r.Wrapping(origin, self), up)
				if !slices.EqualFunc(a, b, func(x, y Send) bool { return x.To == y.To }) {
					t.Errorf("origin %d self %d up %05b: uniform %v, respective %v", origin, self, up, a, b)
				}
			}
		}
	}
}

func TestSends(t *testing.T) {
	tests := []struct {
		name         string
		n            int
		scheme       Scheme
		origin, self int
		wrapping     uint32
		up           Set
		want         []Send
	}{
		{"origin ignores the client's 0", 5, Uniform, 3, 3, 0, All(5), []Send{{4, 2}, {0, 2}}},
		{"origin ignores the client's 1", 5, Uniform, 3, 3, 1, All(5), []Send{{4, 2}, {0, 2}}},
		{"origin ignores 255", 5, Uniform, 3, 3, 255, All(5), []Send{{4, 2}, {0, 2}}},
		{"alone", 1, Uniform, 0, 0, 0, All(1), nil},
		{"alone, wrapping 1", 1, Uniform, 0, 0, 1, All(1), nil},
		{"two", 2, Uniform, 1, 1, 0, All(2), []Send{{0, 0}}},
		{"log only", 5, Uniform, 0, 1, 0, All(5), nil},
		{"the seed's 1", 5, Uniform, 0, 1, 1, All(5), []Send{{2, 0}}},
		{"the seed's 1 on a leaf", 5, Uniform, 0, 3, 1, All(5), []Send{{4, 0}}},
		{"the seed's 1 stops at the origin", 5, Uniform, 0, 4, 1, All(5), nil},
		{"the seed's 1 around the end", 5, Uniform, 3, 4, 1, All(5), []Send{{0, 0}}},
		{"the seed's 1, +1 down", 5, Uniform, 0, 1, 1, All(5).Without(2), nil},
		{"no 1 of the seed under respective", 5, Respective, 0, 3, 1, All(5), nil},
		{"respective 1 at +2", 5, Respective, 0, 2, 1, All(5), nil},
		{"respective 2 at +1", 5, Respective, 0, 1, 2, All(5), nil},
		{"respective 2 at +3", 5, Respective, 0, 3, 2, All(5), nil},
		{"wrapping 2 on a leaf", 5, Uniform, 0, 3, 2, All(5), nil},
		{"wrapping 3", 5, Uniform, 0, 1, 3, All(5), nil},
		{"wrapping 4 where 2 is due", 15, Uniform, 0, 1, 4, All(15), nil},
		{"wrapping 255", 5, Uniform, 0, 1, 255, All(5), nil},
		{"largest wrapping", 5, Uniform, 0, 1, 1<<32 - 1, All(5), nil},
		{"origin outside", 5, Uniform, 5, 1, 2, All(5), nil},
		{"origin unknown", 5, Uniform, -1, 1, 2, All(5), nil},
		{"self outside", 5, Uniform, 1, 5, 2, All(5), nil},
		{"+1 down", 5, Uniform, 0, 0, 0, All(5).Without(1), []Send{{3, 0}, {2, 2}}},
		{"+1 and +2 down", 5, Uniform, 0, 0, 0, All(5).Without(1).Without(2), []Send{{3, 0}, {4, 0}}},
		{"+1 and +3 down", 5, Uniform, 0, 0, 0, All(5).Without(1).Without(3), []Send{{2, 2}}},
		{"nobody up", 5, Uniform, 0, 0, 0, 0, nil},
		{"a hole two levels deep", 15, Uniform, 0, 0, 0, All(15).Without(1).Without(3), []Send{{7, 0}, {11, 0}, {5, 4}, {2, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustNew(t, tt.n, tt.scheme)
			checkSends(t, p.Sends(nil, tt.origin, tt.self, tt.wrapping, tt.up), tt.want)
			checkSends(t, p.Sends(nil, tt.origin, tt.self, tt.wrapping, tt.up.With(tt.self)), tt.want)
		})
	}
}

// Whatever is neither 0, the tree's, nor the seed's 1 sends nothing.
func TestWrappingNotUnderstood(t *testing.T) {
	for n := 1; n <= MaxHosts; n++ {
		p := mustNew(t, n, Uniform)
		for self := 1; self < n; self++ {
			for w := uint32(2); w < 300; w++ {
				if got := p.Sends(nil, 0, self, w, All(n)); w != p.Wrapping(0, self) && len(got) > 0 {
					t.Fatalf("n %d host %d wrapping %d: sends %v", n, self, w, got)
				}
			}
		}
	}
}

func TestWrapping(t *testing.T) {
	tests := []struct {
		n      int
		scheme Scheme
		want   []uint32 // by host, origin 0
	}{
		{1, Uniform, []uint32{0}},
		{2, Uniform, []uint32{0, 0}},
		{3, Uniform, []uint32{0, 0, 0}},
		{4, Uniform, []uint32{0, 2, 0, 0}},
		{5, Uniform, []uint32{0, 2, 2, 0, 0}},
		{5, Respective, []uint32{0, 1, 2, 0, 0}},
		{10, Uniform, []uint32{0, 2, 2, 4, 4, 4, 0, 0, 0, 0}},
	}
	for _, tt := range tests {
		p := mustNew(t, tt.n, tt.scheme)
		for host, want := range tt.want {
			if got := p.Wrapping(0, host); got != want {
				t.Errorf("n %d, %v: wrapping to host %d is %d, want %d", tt.n, tt.scheme, host, got, want)
			}
		}
	}
}

func TestPosition(t *testing.T) {
	for n := 1; n <= MaxHosts; n++ {
		p := mustNew(t, n, Uniform)
		for origin := range n {
			for pos := range n {
				host := (origin + pos) % n
				if got := p.Position(origin, host); got != pos {
					t.Fatalf("n %d: position of %d from %d is %d, want %d", n, host, origin, got, pos)
				}
			}
		}
		for _, out := range [][2]int{{-1, 0}, {0, -1}, {n, 0}, {0, n}} {
			if got, w := p.Position(out[0], out[1]), p.Wrapping(out[0], out[1]); got != -1 || w != 0 {
				t.Fatalf("n %d: position of %v is %d with wrapping %d, want -1 and 0", n, out, got, w)
			}
		}
	}
}

func TestNew(t *testing.T) {
	tests := []struct {
		n      int
		scheme Scheme
		ok     bool
	}{
		{-1, Uniform, false}, {0, Uniform, false}, {1, Uniform, true}, {64, Uniform, true}, {65, Uniform, false},
		{4, Respective, false}, {5, Respective, true}, {6, Respective, false}, {5, 2, false},
	}
	for _, tt := range tests {
		if _, err := New(tt.n, tt.scheme); (err == nil) != tt.ok {
			t.Errorf("New(%d, %v): error %v", tt.n, tt.scheme, err)
		}
	}
}

func TestZeroPlan(t *testing.T) {
	checkSends(t, Plan{}.Sends(nil, 0, 0, 0, All(MaxHosts)), nil)
}

func TestSendsDoesNotAllocate(t *testing.T) {
	p := mustNew(t, MaxHosts, Uniform)
	dst := make([]Send, 0, MaxHosts)
	for _, up := range []Set{All(MaxHosts), 0, 0xaaaaaaaaaaaaaaaa} {
		if n := testing.AllocsPerRun(100, func() { dst = p.Sends(dst[:0], 7, 7, 0, up) }); n != 0 {
			t.Errorf("up %x: %v allocations", up, n)
		}
	}
}

func BenchmarkSends(b *testing.B) {
	p := mustNew(b, 5, Uniform)
	for name, up := range map[string]Set{"all up": All(5), "+1 down": All(5).Without(4)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []Send
			for b.Loop() {
				dst = p.Sends(dst[:0], 3, 3, 0, up)
			}
		})
	}
}
