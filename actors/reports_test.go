package actors

import (
	"testing"
	"time"

	"xlattice.org/zog/internal/ratelimit"
)

// A source does not depend on the port, nor on the address within a /64.
func TestTheSourceOfAReport(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:40312": "192.0.2.1", "[::ffff:192.0.2.1]:1": "192.0.2.1",
		"[2001:db8::5:1]:40312": "2001:db8::/64", "[fe80::1%eth0]:7": "fe80::/64",
		"192.0.2.1": "other addresses", "": "other addresses", "pipe": "other addresses",
	} {
		if got := sourceName(source(remote)); got != want {
			t.Errorf("%q is %s, want %s", remote, got, want)
		}
	}
}

// The number of queued reports is limited. The others are counted.
func TestReportsUnderWayAreBounded(t *testing.T) {
	var r reports
	rates := ratelimit.Rates{All: 1 << 30, PerAddress: 1 << 30}
	now := time.Now()
	for range maxReports {
		if !r.allow("192.0.2.1:7", false, "", now, rates) {
			t.Fatal("a line is refused")
		}
	}
	if r.allow("192.0.2.1:7", false, "", now, rates) {
		t.Error("one line too many is on its way")
	}
	if sums := r.sums(now, rates); len(sums) != 1 || sums[0].N != 1 {
		t.Errorf("sums %v", sums)
	}
}

// BenchmarkReport reports connections that send no frame.
func BenchmarkReport(b *testing.B) {
	n, _ := flooded(b)
	b.SetParallelism(4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n.reports.add("192.0.2.1:40312", "malformed frame: length 0", nil)
		}
	})
}

// What happens again at each dial is a line and a count in a minute, from each address.
func TestRepeatedReportsAreCounted(t *testing.T) {
	var r reports
	rates, now := ratelimit.Rates{All: 100, PerAddress: 10}, time.Now()
	lines, counted := 0, uint64(0)
	for n := range 24 * 60 * 12 { // a dial each 5 s, for a day
		if r.allow("192.0.2.1:7", true, "looks like TLS", now, rates) {
			lines++
		}
		for _, sum := range r.sums(now, rates) {
			counted += sum.N
			lines++
		}
		if n == 0 && !r.allow("192.0.2.2:7", true, "looks like TLS", now, rates) || n == 1 && !r.allow("192.0.2.1:7", true, "looks like SSH", now, rates) {
			t.Error("another address, or another reason, has no line")
		}
		now = now.Add(5 * time.Second)
	}
	r.settle()
	for _, sum := range r.sums(now, rates) {
		counted += sum.N
	}
	if lines > 2*24*60+10 || uint64(lines)+counted < 24*60*12 {
		t.Errorf("%d lines in a day, %d counted", lines, counted)
	}
}
