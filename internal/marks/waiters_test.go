package marks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Those whose condition is met are found, once each, and nobody else.
func TestWaiting(t *testing.T) {
	a, b := Run{"A", 1}, Run{"B", 2}
	for _, tt := range []struct {
		name    string
		wishes  map[string]Condition
		run     Run
		reached []uint64
		met     string
	}{
		{"nobody waits", nil, a, []uint64{9, 9, 9}, ""},
		{"exactly the message", map[string]Condition{"x": {a, 5, 2}}, a, []uint64{9, 9, 5}, "x"},
		{"one too few", map[string]Condition{"x": {a, 5, 2}}, a, []uint64{9, 9, 4}, ""},
		{"another run", map[string]Condition{"x": {b, 5, 2}}, a, []uint64{9, 9, 9}, ""},
		{"by the number of copies", map[string]Condition{"x": {a, 5, 1}, "y": {a, 5, 2}, "z": {a, 5, 3}}, a, []uint64{9, 9, 5, 4}, "x y"},
		{"by seq", map[string]Condition{"x": {a, 5, 1}, "y": {a, 6, 1}, "z": {a, 7, 1}}, a, []uint64{0, 6}, "x y"},
		{"this host itself", map[string]Condition{"x": {a, 5, 0}, "y": {a, 6, 0}}, a, []uint64{5, 9, 0}, "x"},
		{"more copies than hosts", map[string]Condition{"x": {a, 5, 4}}, a, []uint64{9, 9, 9}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var x Waiters[string]
			for who, wish := range tt.wishes {
				x.Set(who, wish)
			}
			met := slices.Sorted(x.Met(tt.run, tt.reached))
			if got := strings.Join(met, " "); got != tt.met {
				t.Errorf("met are %q, want %q", got, tt.met)
			}
			if again := slices.Collect(x.Met(tt.run, tt.reached)); len(again) > 0 {
				t.Errorf("met again: %q", again)
			}
			for who := range tt.wishes {
				x.Remove(who)
			}
			if !x.Empty() || len(x.Runs()) > 0 {
				t.Error("something is left of them")
			}
		})
	}
}

// Whatever is asked for, given up and reached in whatever order: the index says the same
// as a look at all who wait.
func TestWaitingIsALookAtAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x Waiters[int]
		naive := make(map[int]Condition)
		run := rapid.Custom(func(t *rapid.T) Run { return Run{"A", rapid.Uint64Range(1, 3).Draw(t, "boot")} })
		seq, who := rapid.Uint64Range(0, 20), rapid.IntRange(0, 30)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				w, wish := who.Draw(t, "who"), Condition{run.Draw(t, "run"), seq.Draw(t, "seq"), rapid.IntRange(0, 5).Draw(t, "copies")}
				x.Set(w, wish)
				naive[w] = wish
			},
			"remove": func(t *rapid.T) {
				w := who.Draw(t, "who")
				x.Remove(w)
				delete(naive, w)
			},
			"reach": func(t *rapid.T) {
				r, reached := run.Draw(t, "run"), rapid.SliceOfN(seq, 1, 5).Draw(t, "reached")
				var want []int
				for w, wish := range naive {
					if wish.Run == r && wish.Copies < len(reached) && wish.Seq <= reached[wish.Copies] {
						want = append(want, w)
						delete(naive, w)
					}
				}
				slices.Sort(want)
				if got := slices.Sorted(x.Met(r, reached)); !slices.Equal(got, want) {
					t.Fatalf("met are %v, want %v", got, want)
				}
			},
			"": func(t *rapid.T) {
				if x.Empty() != (len(naive) == 0) {
					t.Fatalf("empty is %v with %d who wait", x.Empty(), len(naive))
				}
				for boot := uint64(1); boot <= 3; boot++ {
					waits := false
					for _, wish := range naive {
						waits = waits || wish.Boot == boot
					}
					if x.Awaits(Run{"A", boot}) != waits {
						t.Fatalf("that somebody waits for %d is not %v", boot, waits)
					}
				}
			},
		})
	})
}

// What is reached is what Holders counts, also where a peer is not believed.
func TestReachedIsWhatHoldersCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := Run{"A", 1}
		l := NewLedger(4, 1, new(Vector))
		l.BeginRun(run, time.Unix(0, 0))
		l.Sending(run, rapid.Uint64Range(0, 12).Draw(t, "given"))
		seq := rapid.Uint64Range(1, 15)
		l.Logged([]Mark{{Run: run, Seq: seq.Draw(t, "own"), First: 1}})
		for _, peer := range []int{0, 2, 3} {
			if rapid.Bool().Draw(t, fmt.Sprint("said by ", peer)) {
				m := Mark{Run: run, Seq: seq.Draw(t, "acked"), First: 1}
				if rapid.Bool().Draw(t, "refuses") {
					m.First = m.Seq + 1
				}
				l.Acked(peer, []Mark{m}, false, time.Unix(0, 0))
			}
		}
		reached := l.Reached(run, nil)
		if len(reached) != 5 || reached[0] != l.Durable(run) {
			t.Fatalf("reached is %v, and %d is durable", reached, l.Durable(run))
		}
		for copies := 1; copies <= 4; copies++ {
			for seq := uint64(1); seq <= 15; seq++ {
				holders, _ := l.Holders(run, seq)
				if met := seq <= reached[copies]; met != (holders >= copies) {
					t.Fatalf("%d hold message %d, and reached is %v", holders, seq, reached)
				}
			}
		}
	})
}

// BenchmarkWaiting is what a mark that moves costs while 5,000 wait for copies that do
// not come.
func BenchmarkWaiting(b *testing.B) {
	run := Run{"A", 1}
	var x Waiters[int]
	for who := range 5000 {
		x.Set(who, Condition{run, uint64(who), 5})
	}
	reached := []uint64{1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40, 0}
	for b.Loop() {
		x.Set(-1, Condition{run, 9000, 2})
		for range x.Met(run, reached) {
		}
	}
}
