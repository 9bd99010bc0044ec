package ratelimit

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)

func at(after time.Duration) time.Time { return start.Add(after) }

func from(address string) netip.Prefix { return Source(netip.MustParseAddr(address)) }

func TestSource(t *testing.T) {
	tests := []struct{ address, want string }{
		{"192.0.2.1", "192.0.2.1/32"},
		{"::ffff:192.0.2.1", "192.0.2.1/32"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"},
		{"2001:db8:1:3:3:4::5", "2001:db8:1:3::/64"},
		{"fe80::1%eth0", "fe80::/64"},
		{"fe80::1:2%eth0", "fe80::/64"},
	}
	for _, tt := range tests {
		if got := from(tt.address).String(); got != tt.want {
			t.Errorf("%s stands for %s, want %s", tt.address, got, tt.want)
		}
	}
	if got := Source(netip.Addr{}); got.IsValid() {
		t.Errorf("an unknown address stands for %s", got)
	}
}

// takes asks for n lines at once, and returns how many it got.
func takes(l *Limiter, address string, n int, now time.Time, r Rates) (got int) {
	for range n {
		if l.Take(from(address), now, r) {
			got++
		}
	}
	return got
}

func TestTake(t *testing.T) {
	rates := Rates{All: 100, PerAddress: 10}
	type ask struct {
		after   time.Duration
		address string
		n, want int
	}
	tests := []struct {
		name  string
		rates Rates
		asks  []ask
	}{
		{"few are all lines", rates, []ask{{0, "192.0.2.1", 50, 50}}},
		{"one address has five seconds' lines at once", rates, []ask{{0, "192.0.2.1", 1000, 50}}},
		{"and then its rate", rates, []ask{{0, "192.0.2.1", 1000, 50}, {time.Second, "192.0.2.1", 1000, 10}, {1100 * time.Millisecond, "192.0.2.1", 1000, 1}}},
		{"what was not used is not saved for ever", rates, []ask{{0, "192.0.2.1", 1, 1}, {time.Hour, "192.0.2.1", 1000, 50}}},
		{"another address has its own", rates, []ask{{0, "192.0.2.1", 1000, 50}, {0, "192.0.2.2", 10, 10}}},
		{"one /64 is one address", rates, []ask{{0, "2001:db8::1", 1000, 50}, {0, "2001:db8::2", 10, 0}, {0, "2001:db8:0:1::1", 10, 10}}},
		{"a tenth of all is left for the sums", Rates{100, 1000}, []ask{{0, "192.0.2.1", 1000, 450}, {0, "192.0.2.2", 10, 0}, {time.Second, "192.0.2.2", 1000, 100}}},
		{"the smallest rates", Rates{1, 1}, []ask{{0, "192.0.2.1", 1000, 3}, {500 * time.Millisecond, "192.0.2.1", 1, 0}, {time.Second, "192.0.2.1", 1000, 1}}},
		{"time that goes back", rates, []ask{{time.Second, "192.0.2.1", 1000, 50}, {0, "192.0.2.1", 1000, 0}, {1100 * time.Millisecond, "192.0.2.1", 1000, 1}}},
		{"rates beyond a nanosecond", Rates{1 << 40, 1 << 40}, []ask{{0, "192.0.2.1", 100_000, 100_000}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l Limiter
			for _, a := range tt.asks {
				if got := takes(&l, a.address, a.n, at(a.after), tt.rates); got != a.want {
					t.Errorf("after %v %s gets %d of %d lines, want %d", a.after, a.address, got, a.n, a.want)
				}
			}
		})
	}
}

// A rate that was changed holds from then on.
func TestTheRateChanges(t *testing.T) {
	var l Limiter
	takes(&l, "192.0.2.1", 1000, at(0), Rates{1000, 1000})
	if got := takes(&l, "192.0.2.1", 1000, at(10*time.Second), Rates{100, 2}); got != 10 {
		t.Errorf("%d lines at the lower rate, want 10", got)
	}
	if got := takes(&l, "192.0.2.1", 1000, at(11*time.Second), Rates{100, 20}); got != 20 {
		t.Errorf("%d lines in a second of the higher rate, want 20", got)
	}
}

func TestSums(t *testing.T) {
	var l Limiter
	rates := Rates{All: 100, PerAddress: 10}
	takes(&l, "192.0.2.1", 60, at(0), rates)
	takes(&l, "192.0.2.2", 50, at(0), rates)
	takes(&l, "2001:db8::1", 1050, at(0), rates)
	l.Count(from("192.0.2.3"), 10)
	l.Count(netip.Prefix{}, 3)
	want := []Sum{{from("2001:db8::1"), 1000}, {from("192.0.2.1"), 10}, {from("192.0.2.3"), 10}, {netip.Prefix{}, 3}}
	if got := l.Sums(at(SumEvery), rates); !slices.Equal(got, want) {
		t.Errorf("sums %v, want %v", got, want)
	}
	if got := l.Sums(at(2*SumEvery), rates); len(got) != 0 {
		t.Errorf("the second time %v", got)
	}
}

// Of many addresses those with the most reports have a sum each.
func TestSumsOfManyAddresses(t *testing.T) {
	var l Limiter
	rates := Rates{All: 100, PerAddress: 10}
	for n := range 100 {
		l.Count(netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 32), uint64(n+1))
	}
	sums := l.Sums(at(SumEvery), rates)
	if len(sums) != maxSums+1 || sums[0] != (Sum{from("192.0.2.99"), 100}) || sums[maxSums] != (Sum{N: 80 * 81 / 2}) {
		t.Errorf("sums %v", sums)
	}
}

// With one line a second an address is still named, if it is the only one.
func TestSumsAtTheSmallestRate(t *testing.T) {
	var l Limiter
	rates := Rates{1, 1}
	for n := range 10 {
		takes(&l, "192.0.2.1", 100, at(time.Duration(n)*SumEvery), rates)
		if sums := l.Sums(at(time.Duration(n+1)*SumEvery), rates); len(sums) != 1 || !sums[0].From.IsValid() {
			t.Errorf("sums %v, want one", sums)
		}
	}
}

// However many addresses report, what is remembered is bounded, and no count is lost.
func TestManyAddresses(t *testing.T) {
	const addresses = 100_000
	var l Limiter
	rates := Rates{All: 100, PerAddress: 10}
	lines := 0
	for n := range addresses {
		var a [16]byte
		binary.BigEndian.PutUint64(a[:], 0x2001_0db8<<32|uint64(n))
		if l.Take(Source(netip.AddrFrom16(a)), at(0), rates) {
			lines++
		}
		if n := len(l.recent) + len(l.older); n > 2*maxSources {
			t.Fatalf("%d addresses are remembered", n)
		}
	}
	counted := uint64(0)
	for _, sum := range l.Sums(at(SumEvery), rates) {
		counted += sum.N
	}
	if uint64(lines)+counted != addresses {
		t.Errorf("%d lines and %d counted, of %d", lines, counted, addresses)
	}
}

// Whatever comes: lines and sums stay within the rate, lines of an address within its
// own, and both together account for every report.
func TestLinesAndSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Limiter
		rates := Rates{All: rapid.IntRange(1, 50).Draw(t, "all"), PerAddress: rapid.IntRange(1, 10).Draw(t, "per address")}
		var lines, reported, counted uint64
		of := map[netip.Prefix]int{}
		now, sumAt := start, start.Add(SumEvery)
		sum := func() {
			for _, s := range l.Sums(now, rates) {
				counted += s.N
				lines++
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "pause")))
			if !now.Before(sumAt) {
				sum()
				sumAt = now.Add(SumEvery)
			}
			source := netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, "host")}), 32)
			for range rapid.IntRange(0, 100).Draw(t, "reports") {
				reported++
				if l.Take(source, now, rates) {
					lines++
					of[source]++
				}
			}
		}
		sum() // at the end, whenever that is
		logged := lines
		for source, n := range of {
			if most := int((now.Sub(start)+burst)/rates.perAddress()) + 1; n > most {
				t.Fatalf("%d lines about %s in %v, want no more than %d", n, source, now.Sub(start), most)
			}
		}
		if most := uint64((now.Sub(start)+burst)/rates.all()) + 1; logged > most {
			t.Fatalf("%d lines in %v, want no more than %d", logged, now.Sub(start), most)
		}
		own := uint64(0)
		for _, n := range of {
			own += uint64(n)
		}
		if own+counted != reported {
			t.Fatalf("%d lines and %d counted, of %d", own, counted, reported)
		}
	})
}

func TestSamples(t *testing.T) {
	var s Samples
	for _, tt := range []struct {
		after time.Duration
		kind  uint
		want  bool
	}{
		{0, 1, true}, {0, 1, false}, {time.Second, 2, true}, {2 * time.Second, 1, false},
		{SumEvery, 1, true}, {SumEvery + time.Second, 1, false}, {SumEvery + time.Second, 2, true},
		{time.Hour, 63, true}, {time.Hour, 63, false},
	} {
		if got := s.First(tt.kind, at(tt.after)); got != tt.want {
			t.Errorf("after %v kind %d: %v, want %v", tt.after, tt.kind, got, tt.want)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	var l Limiter
	source, rates, now := from("192.0.2.1"), Rates{100, 10}, start
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Microsecond)
		l.Take(source, now, rates)
	}
}
