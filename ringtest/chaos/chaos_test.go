package chaos_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
	"xlattice.org/zog/ringtest/chaos"
)

var (
	first    = flag.Uint64("chaos-seed", 1, "the first seed of TestLongChaos")
	seeds    = flag.Uint64("chaos-seeds", 2, "how many seeds TestLongChaos plays, if -chaos-for is 0")
	during   = flag.Duration("chaos-for", 0, "for how long, in real time, TestLongChaos plays one seed after the other")
	lasts    = flag.Duration("chaos-lasts", 10*time.Minute, "how long each schedule lasts, in virtual time")
	schedule = flag.String("chaos-schedule", "", "a file with the schedule that TestSchedule plays")
	tries    = flag.Int("chaos-tries", 40, "how many plays may be used to shorten a schedule that fails")
)

// play plays a schedule on a ring of its own. The error says all there is to say,
// Outcome.Err only what is wrong.
func play(t *testing.T, s chaos.Schedule) (o chaos.Outcome, err error) {
	synctest.Test(t, func(*testing.T) {
		err = ringtest.Do(func(t ringtest.TB) {
			r := ringtest.Start(t, ringtest.Hosts(s.Hosts), ringtest.Seed(s.Seed),
				ringtest.File("log: {segment_bytes: 16384}"))
			if o = chaos.Play(r, s); o.Err != nil {
				t.Errorf("%v", o.Err)
			}
		})
	})
	return o, err
}

// TestLongChaos plays schedules of all faults while clients send, and requires that
// nothing is lost. Of a schedule that fails it looks for the shortest that does.
func TestLongChaos(t *testing.T) {
	sum := summary{began: time.Now(), first: *first, fired: make(map[string]int), troubles: make(map[string]int)}
	for seed := *first; sum.goOn(seed); {
		t.Run(fmt.Sprint("from seed ", seed), func(t *testing.T) {
			for range runtime.GOMAXPROCS(0) {
				if sum.goOn(seed) {
					sum.run(t, seed)
					seed++
				}
			}
		})
	}
	t.Log(&sum)
}

// summary adds up what was played.
type summary struct {
	began time.Time
	first uint64

	mu           sync.Mutex
	played       int
	elapsed      time.Duration
	acknowledged int
	fired        map[string]int
	troubles     map[string]int
	failed       []string // what they say last
}

// goOn tells whether a seed is to be played.
func (s *summary) goOn(seed uint64) bool {
	if *during > 0 {
		return time.Since(s.began) < *during
	}
	return seed < s.first+*seeds
}

// run plays a seed beside others.
func (s *summary) run(t *testing.T, seed uint64) {
	t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
		t.Parallel()
		plan := chaos.Generate(seed, chaos.Config{Hosts: 5, Lasts: *lasts})
		o, err := play(t, plan)
		s.add(o)
		if err == nil {
			return
		}
		t.Errorf("seed %d: %v", seed, err)
		shortest := chaos.Shrink(plan, func(s chaos.Schedule) bool {
			_, err := play(t, s)
			return err != nil
		}, *tries)
		first, _, _ := strings.Cut(err.Error(), "\n")
		s.fail(fmt.Sprintf("seed %d: %s\nTo play it again:\n\tgo test ./ringtest/chaos -run 'TestLongChaos$' -chaos-seed %d -chaos-seeds 1 -chaos-lasts %v\n"+
			"The shortest schedule that was seen to fail; -run TestSchedule -chaos-schedule /path/of/a/file plays it:\n%v", seed, first, seed, *lasts, shortest))
	})
}

func (s *summary) fail(last string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = append(s.failed, last)
}

func (s *summary) add(o chaos.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.played++
	s.elapsed += o.Elapsed
	s.acknowledged += o.Acknowledged
	for kind, n := range o.Fired {
		s.fired[kind] += n
	}
	for what, n := range o.Troubles {
		s.troubles[what] += n
	}
}

// String is the summary for people.
func (s *summary) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := time.Since(s.began)
	var b strings.Builder
	fmt.Fprintf(&b, "seeds %d to %d: %.1f ring-hours in %v, %.1f a minute; %d messages acknowledged; %d violations",
		s.first, s.first+uint64(max(s.played, 1))-1, s.elapsed.Hours(), took.Round(time.Second),
		s.elapsed.Hours()/took.Minutes(), s.acknowledged, len(s.failed))
	b.WriteString("\nfaults that fired:")
	list(&b, s.fired)
	b.WriteString("\nhosts that, under them:")
	list(&b, s.troubles)
	for _, last := range s.failed {
		b.WriteString("\n\n" + last)
	}
	return b.String()
}

func list(b *strings.Builder, counts map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, "\n%8d  %s", counts[name], name)
	}
}

// TestSchedule plays the schedule of a file, or a small one.
func TestSchedule(t *testing.T) {
	text := []byte("chaos seed=1 hosts=3 lasts=1m0s\n5s crash hosts=1 mode=some for=3s\n10s partition hosts=0 for=10s\n")
	if *schedule != "" {
		var err error
		if text, err = os.ReadFile(*schedule); err != nil {
			t.Fatal(err)
		}
	}
	s, err := chaos.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	o, err := play(t, s)
	if err != nil {
		t.Error(err)
	}
	if o.Acknowledged == 0 || len(o.Fired) == 0 {
		t.Errorf("nothing happened: %+v", o)
	}
}

// TestAFailureIsShortened: what is wrong in the end is seen, and its schedule shortened.
func TestAFailureIsShortened(t *testing.T) {
	plan, err := chaos.Parse("chaos seed=3 hosts=3 lasts=20s\n" +
		"2s latency hosts=0,1 amount=20ms for=2s\n4s crash hosts=1 mode=all for=2s\n7s reset hosts=1,2\n")
	if err != nil {
		t.Fatal(err)
	}
	shortened(t, plan, 10)
}

// TestLongAFailureIsShortened: the same, of a schedule as chaos has them.
func TestLongAFailureIsShortened(t *testing.T) {
	kinds := []chaos.Kind{chaos.Crash, chaos.Latency, chaos.Reset}
	shortened(t, chaos.Generate(3, chaos.Config{Hosts: 3, Lasts: 2 * time.Minute, Kinds: kinds}), 30)
}

// shortened requires that a schedule comes down to one crash, where a crash is what fails.
func shortened(t *testing.T, plan chaos.Schedule, tries int) {
	t.Helper()
	bad := errors.New("a host fell")
	verdict := func(s chaos.Schedule) error {
		if o, _ := play(t, s); o.Fired["crash"]+o.Fired["power cut"]+o.Fired["power cut, torn"] > 0 {
			return bad
		}
		return nil
	}
	if verdict(plan) == nil {
		t.Fatal("nothing fell")
	}
	shortest := chaos.Shrink(plan, func(s chaos.Schedule) bool { return verdict(s) != nil }, tries)
	if len(shortest.Steps) != 1 || shortest.Steps[0].Kind != chaos.Crash {
		t.Errorf("the shortest is\n%v", shortest)
	}
}
