package main

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/pace"
	"xlattice.org/zog/internal/record"
)

// A message that waits to be sent, as those before it are slow, is late all the same.
func TestLatencyCountsFromWhenAMessageWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &benchRun{benchmark: &benchmark{inFlight: 2}, set: &settings{}, began: time.Now(), reasons: map[string]int{}}
		r.outage.set = r.set
		r.connecting.Add(1)
		l := newLoader(r, 0, nil)
		l.report(client.Result{}) // of the message that connects
		for k := range 3 {
			l.due[k%len(l.due)] = time.Duration(k) * time.Second
		}
		time.Sleep(10 * time.Second) // the host stands still, and then answers all
		for k := range 3 {
			l.report(client.Result{Index: k + 1})
		}
		got := latenciesOf(l.latency)
		if near := func(ms, want float64) bool { return math.Abs(ms-want) <= want/1000 }; !near(got.Least, 8000) || !near(got.P50, 9000) || !near(got.Most, 10000) {
			t.Errorf("%+v", got)
		}
		if l.tally.Messages != 3 || l.tally.Acknowledged != 3 || l.last != 10*time.Second {
			t.Errorf("%+v, the last after %v", l.tally, l.last)
		}
	})
}

// At a rate, messages that are sent late are late by that.
func TestAtARateSendingLateIsLate(t *testing.T) {
	r := &benchRun{
		benchmark: &benchmark{inFlight: 2, rate: 1000, size: 100, load: pace.Load{Clients: 1, Messages: 3, Rate: 1000}},
		set:       &settings{}, soft: t.Context(), sending: t.Context(), started: make(chan struct{}),
		began: time.Now().Add(-time.Hour), reasons: map[string]int{},
	}
	r.outage.set = r.set
	r.connecting.Add(1)
	close(r.started)
	l, index := newLoader(r, 0, nil), 0
	l.texts(func(string) bool {
		l.report(client.Result{Index: index})
		index++
		return true
	})
	if got := latenciesOf(l.latency); l.tally.Messages != 3 || got.Least < 3590e3 {
		t.Errorf("%+v, %+v", l.tally, got)
	}
}

// The percentiles are those of the sorted latencies, by the nearest rank, to a thousandth.
func TestPercentilesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(int64(time.Microsecond), int64(time.Hour)), 1, 300).Draw(t, "latencies")
		h := newHistogram()
		for _, nanos := range all {
			if err := h.RecordValue(nanos); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		got := latenciesOf(h)
		for percentile, ms := range map[float64]float64{50: got.P50, 90: got.P90, 99: got.P99, 99.9: got.P999, 99.99: got.P9999, 100: got.Most} {
			rank := max(1, int(percentile/100*float64(len(all))+0.5))
			if want := float64(all[rank-1]) / 1e6; math.Abs(ms-want) > want/1000+0.002 {
				t.Fatalf("of %d, %v%% are within %v ms, want %v", len(all), percentile, ms, want)
			}
		}
	})
}

// Whatever the flags allow, a text is as long as it should be, fit to be a message, and unlike all others.
func TestBenchmarkTexts(t *testing.T) {
	for _, size := range []int{minSize, 100, record.MaxText - len("\r\n")} {
		b := benchmark{size: size, name: "k3x9fz"}
		seen := map[string]bool{}
		for _, client := range []int{0, 9, maxClients - 1} {
			for _, k := range []int{0, 7, math.MaxInt} {
				text := b.text(client, k)
				if len(text) != size || seen[text] || !strings.HasPrefix(text, "sprog-bench k3x9fz ") || record.Classify([]byte(text+"\r\n")) != 0 {
					t.Errorf("size %d, client %d, message %d: %q", size, client, k, text)
				}
				seen[text] = true
			}
		}
		if text := b.greeting(maxClients - 1); len(text) > minSize || strings.HasPrefix(text, marker) {
			t.Errorf("%q", text)
		}
	}
}

// What it writes stays, so the user must want it, unless the ring is one to try things out.
func TestABenchmarkNeedsPermission(t *testing.T) {
	ring := config.Loopback(2)
	house := config.Loopback(2)
	for i := range house.Hosts {
		house.Hosts[i].Address = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
	}
	for name, test := range map[string]struct {
		ring    *config.Ring
		flags   flags
		allowed bool
	}{
		"zog dev":                {ring, flags{}, true},
		"one of its hosts":       {ring, flags{specific: "MV"}, true},
		"a ring":                 {house, flags{}, false},
		"one of its hosts too":   {house, flags{specific: "MV"}, false},
		"this machine":           {house, flags{testing: true}, true},
		"a host of another ring": {ring, flags{specific: "192.0.2.9"}, false},
	} {
		test.flags.output, test.flags.copies, test.flags.timeout = "text", "1", cli.Duration(time.Second)
		s, err := test.flags.settings(test.ring)
		if err != nil {
			t.Fatal(err)
		}
		if err := new(benchmark).permitted(s); (err == nil) != test.allowed {
			t.Errorf("%s: %v", name, err)
		}
		if err := (&benchmark{anywhere: true}).permitted(s); err != nil {
			t.Errorf("%s, told to: %v", name, err)
		}
	}
}
