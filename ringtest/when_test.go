package ringtest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestWhen: which of ten chances a fault takes.
func TestWhen(t *testing.T) {
	for _, c := range []struct {
		when When
		want []int
		says string
	}{
		{When{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "anything"},
		{Every("A"), []int{0, 2, 4, 6, 8}, "A"},
		{Nth(1, "A"), []int{0}, "A, once"},
		{Nth(3, "A"), []int{4}, "A, not the first 2, once"},
		{Nth(3, ""), []int{2}, "anything, not the first 2, once"},
		{When{Of: "B", Skip: 1, Times: 2}, []int{3, 5}, "B, not the first 1, 2 times"},
		{Some(0.5, ""), []int{2, 3, 4, 5, 6, 7, 9}, "anything, 0.5 of them"},
		{When{Of: "C"}, nil, "C"},
	} {
		t.Run(c.says, func(t *testing.T) {
			r := &Ring{}
			r.faults = faults{rand: rand.New(rand.NewPCG(7, 0)).Float64, began: time.Now(), counts: make(map[string]int)}
			f := r.fault("test", c.when, "a test").activate(nil)
			var got []int
			for i := range 10 {
				if f.fires([]string{"A", "B"}[i%2], "") {
					got = append(got, i)
				}
			}
			if !slices.Equal(got, c.want) || f.Fired() != len(c.want) || len(r.Fired()) != len(c.want) || r.FiredOf()["test"] != len(c.want) {
				t.Errorf("it took %v, and says %d", got, f.Fired())
			}
			if c.when.String() != c.says {
				t.Errorf("it is %q", c.when)
			}
			if unfired := len(r.faults.unfired()) > 0; unfired != (c.when.Chance == 0 && len(got) == 0) {
				t.Errorf("unfired: %v", unfired)
			}
			f.Heal()
			f.Heal()
			if f.fires("A", "") || len(r.faults.all()) != 0 {
				t.Error("it goes on when it is healed")
			}
		})
	}
}

// TestTheRecordIsBounded: the newest are kept, and all are counted.
func TestTheRecordIsBounded(t *testing.T) {
	r := &Ring{}
	r.faults = faults{began: time.Now(), counts: make(map[string]int)}
	const n = 3 * maxEvents
	for range n - 1 {
		r.record("kind", "early")
	}
	r.record("kind", "the last")
	events := r.Fired()
	if len(events) != maxEvents || events[maxEvents-1].Fault != "the last" || r.FiredOf()["kind"] != n {
		t.Errorf("%d of %d are there", len(events), r.FiredOf()["kind"])
	}
	if e, ok := r.faults.before(time.Hour); !ok || e.Fault != "the last" {
		t.Errorf("%v, %v", e, ok)
	}
	if _, ok := r.faults.before(-1); ok {
		t.Error("something fired before the beginning")
	}
}
