package places

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func network(name byte) string { return string(name) }

func always(string) bool { return true }

// A name such as A3 is the third from address A. Serving ends one after the other.
func TestTurns(t *testing.T) {
	for _, tt := range []struct{ name, come, served string }{
		{"one address, as they come", "A1 A2 A3", "A1 A2 A3"},
		{"addresses in turn", "A1 A2 A3 A4 B1 B2 C1", "A1 B1 C1 A2 B2 A3 A4"},
		{"who comes late waits for one or two of each other", "A1 A2 A3 A4 . B1 . C1", "A1 A2 B1 A3 C1 A4"},
		{"who comes again and again is not first each time", "A1 A2 . B1 . B2 . B3", "A1 A2 B1 B2 B3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var q Queue[string]
			var served []string
			serve := func() bool {
				who, ok := q.Next(always)
				if ok {
					served = append(served, who)
					q.Remove(who)
				}
				return ok
			}
			for who := range strings.FieldsSeq(tt.come) {
				if who == "." {
					serve()
				} else if _, why := q.Add(who, network(who[0]), Limits{100, 100}); why != Admitted {
					t.Fatalf("no place for %s: %v", who, why)
				}
			}
			for serve() {
			}
			if got := strings.Join(served, " "); got != tt.served {
				t.Errorf("served are %q, want %q", got, tt.served)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		name, come string
		limits     Limits
		last       Reason
		displaced  string
	}{
		{"there is one", "A1", Limits{1, 1}, Admitted, ""},
		{"all are taken", "A1 B1 C1", Limits{2, 2}, Full, ""},
		{"the address has its share", "A1 A2 A3", Limits{9, 2}, AddressFull, ""},
		{"who has most gives up the newest", "A1 A2 A3 B1 B2 C1", Limits{5, 4}, Admitted, "A3"},
		{"nobody gives up one to be the poorer", "A1 A2 B1 B2", Limits{3, 4}, Full, ""},
		{"who is served keeps its place", "A1 A2 B1", Limits{2, 2}, Admitted, "A2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var q Queue[string]
			come := strings.Fields(tt.come)
			for i, who := range come {
				displaced, why := q.Add(who, network(who[0]), tt.limits)
				q.Next(always)
				want, lost := Admitted, ""
				if i == len(come)-1 {
					want, lost = tt.last, tt.displaced
				}
				if got := strings.Join(displaced, " "); why != want || got != lost {
					t.Errorf("%s: %v, and %q lost a place; want %v, %q", who, why, got, want, lost)
				}
			}
		})
	}
}

// Whoever is not ready is passed over, and keeps its place.
func TestWhoIsNotReadyIsPassedOver(t *testing.T) {
	var q Queue[string]
	for _, who := range []string{"A1", "B1"} {
		q.Add(who, network(who[0]), Limits{2, 1})
	}
	if who, ok := q.Next(func(who string) bool { return who == "B1" }); !ok || who != "B1" {
		t.Fatalf("served is %q", who)
	}
	if who, ok := q.Next(always); ok {
		t.Errorf("%s is served at the same time", who)
	}
	q.Remove("B1")
	if _, ok := q.Serving(); ok {
		t.Error("served is who has gone")
	}
	if who, ok := q.Next(always); !ok || who != "A1" {
		t.Errorf("served is %q", who)
	}
}

// An address is served after no more than two of each other address and the one that is
// served, however many places the others have.
func TestNobodyWaitsLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[string]
		waits, number := 0, 0
		add := func(from byte) bool {
			number++
			_, why := q.Add(fmt.Sprintf("%c%d", from, number), network(from), Limits{20, 8})
			return why == Admitted
		}
		for _, from := range rapid.SliceOfN(rapid.ByteRange('A', 'D'), 0, 30).Draw(t, "before") {
			add(from)
		}
		q.Next(always)
		if !add('Z') {
			return // all others have the same few
		}
		for {
			if who, ok := q.Serving(); ok {
				q.Remove(who)
			}
			who, _ := q.Next(always)
			if who[0] == 'Z' {
				break
			}
			waits++
			add(rapid.ByteRange('A', 'D').Draw(t, "meanwhile"))
		}
		if waits > 8 {
			t.Fatalf("it waited for %d", waits)
		}
	})
}
