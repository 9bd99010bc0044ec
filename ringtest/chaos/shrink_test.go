package chaos

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// forty is a schedule of 40 steps, all of them of kinds that take no data.
func forty(t *testing.T) Schedule {
	t.Helper()
	s := Generate(3, Config{Hosts: 5, Lasts: time.Hour, Interval: 20 * second,
		Kinds: []Kind{Crash, Restart, Pause, Partition, OneWay, Full, Panic, Cut}})
	if len(s.Steps) < 40 {
		t.Fatalf("%d steps", len(s.Steps))
	}
	s.Steps = s.Steps[:40]
	return s
}

// has tells whether a schedule has a step of a kind on a host, whatever became
// of its other fields.
func has(s Schedule, kind Kind, host int) bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Kind == kind && step.Hosts[0] == host })
}

// What needs two steps of forty comes down to these two, as small as may be.
func TestShrinkToTwo(t *testing.T) {
	s := forty(t)
	one, other := s.Steps[7], s.Steps[31]
	tries := 0
	got := Shrink(s, func(s Schedule) bool {
		tries++
		return has(s, one.Kind, one.Hosts[0]) && has(s, other.Kind, other.Hosts[0])
	}, 500)
	if len(got.Steps) != 2 || tries > 200 {
		t.Errorf("after %d tries:\n%v", tries, got)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	if got.Lasts > 4*minute {
		t.Errorf("idle time is left:\n%v", got)
	}
}

// Fields become as small as the failure lets them.
func TestShrinkFields(t *testing.T) {
	s, err := Parse(head +
		"10s crash hosts=2 mode=some for=3s\n" +
		"5m0s delay hosts=4 of=Take n=20 amount=4s for=30s\n" +
		"8m0s step hosts=4 amount=-20h0m0s for=30s\n")
	if err != nil {
		t.Fatal(err)
	}
	got := Shrink(s, func(s Schedule) bool {
		return slices.ContainsFunc(s.Steps, func(d Step) bool {
			return d.Kind == Delay && d.N >= 3 && d.Amount >= 300*ms && d.For >= 2*second
		}) && slices.ContainsFunc(s.Steps, func(c Step) bool { return c.Kind == ClockStep && c.Amount < -minute })
	}, 500)
	const want = "chaos seed=7 hosts=5 lasts=3m4.251s\n" +
		"1m30s delay hosts=4 of=Take n=5 amount=500ms for=3.75s\n" +
		"3m4.25s step hosts=4 amount=-1m10.312s for=1ms\n"
	if got.String() != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// How long clients are held off before data is taken stays.
func TestShrinkHush(t *testing.T) {
	s, err := Parse(head + "1m0s wipe hosts=2 amount=4s for=3s\n")
	if err != nil {
		t.Fatal(err)
	}
	got := Shrink(s, func(s Schedule) bool { return len(s.Steps) > 0 }, 100)
	const want = "chaos seed=7 hosts=5 lasts=1m4.001s\n1m0s wipe hosts=2 amount=4s for=1ms\n"
	if got.String() != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// The calm around a step that takes data stays.
func TestShrinkKeepsData(t *testing.T) {
	for seed := range uint64(4) {
		s := Generate(seed, Config{Hosts: 5, Lasts: time.Hour})
		r := rand.New(rand.NewPCG(seed, 1))
		fails := func(s Schedule) bool {
			if err := (Config{}).KeepsData(s); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if err := s.Check(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			return r.IntN(2) == 0
		}
		Shrink(s, fails, 300)
	}
}

// Whatever fails decides, what is returned was seen failing, no schedule is
// tried twice, and the budget is kept.
func TestShrinkIsHonest(t *testing.T) {
	s := forty(t)
	chance := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		name  string
		fails func(Schedule) bool
	}{
		{"never", func(Schedule) bool { return false }},
		{"always", func(Schedule) bool { return true }},
		{"flaky", func(s Schedule) bool { return has(s, s.Steps[0].Kind, 0) && chance.IntN(3) == 0 }},
		{"any ten", func(s Schedule) bool { return len(s.Steps) >= 10 }},
		{"an odd number", func(s Schedule) bool { return len(s.Steps)%2 == 1 }},
		{"seven or all", func(s Schedule) bool { return len(s.Steps) == 7 || len(s.Steps) == 40 }},
	} {
		for _, budget := range []int{0, 1, 10, 100, 1000} {
			seen := map[string]bool{s.String(): true}
			failed := map[string]bool{s.String(): true}
			got := Shrink(s, func(s Schedule) bool {
				text := s.String()
				if seen[text] {
					t.Errorf("%s: tried twice:\n%v", c.name, s)
				}
				seen[text] = true
				result := len(s.Steps) > 0 && c.fails(s) || c.name == "always"
				failed[text] = failed[text] || result
				return result
			}, budget)
			if !failed[got.String()] {
				t.Errorf("%s, %d: not seen failing:\n%v", c.name, budget, got)
			}
			if len(seen)-1 > budget {
				t.Errorf("%s: %d tries of %d", c.name, len(seen)-1, budget)
			}
			if want, known := map[string]int{"never": 40, "always": 0, "any ten": 10, "an odd number": 1}[c.name]; known &&
				budget == 1000 && len(got.Steps) != want {
				t.Errorf("%s: %d steps, want %d", c.name, len(got.Steps), want)
			}
		}
	}
}

// Who plays a schedule may do with it what it likes, and who gave it too.
func TestShrinkShares(t *testing.T) {
	s := forty(t)
	before := clone(s)
	got := Shrink(s, func(s Schedule) bool {
		failed := len(s.Steps) >= 3
		for i := range s.Steps {
			s.Steps[i].Kind = "gone"
		}
		return failed
	}, 100)
	if !reflect.DeepEqual(s, before) || got.Check() != nil {
		t.Errorf("%v\n%v", got.Check(), got)
	}
}
