package chaos_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
	"xlattice.org/zog/ringtest/chaos"
)

var (
	first    = flag.Uint64("chaos-seed", 1, "the first seed of TestChaos")
	seeds    = flag.Uint64("chaos-seeds", 4, "how many seeds TestChaos plays at least")
	lasts    = flag.Duration("chaos-lasts", 20*time.Minute, "how long each schedule lasts, in virtual time")
	schedule = flag.String("chaos-schedule", "", "a file with the schedule that TestChaosSchedule plays")
)

// play plays a schedule on a ring of its own.
func play(t *testing.T, s chaos.Schedule) (o chaos.Outcome) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Hosts(s.Hosts), ringtest.Seed(s.Seed),
			ringtest.File("log: {segment_bytes: 16384}"))
		o = chaos.Play(r, s)
	})
	return o
}

// TestChaos plays schedules of all faults while clients send, and requires that
// nothing is lost.
func TestChaos(t *testing.T) {
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := chaos.Generate(seed, chaos.Config{Hosts: 5, Lasts: *lasts})
			o := play(t, s)
			t.Logf("%v: %d acknowledged, fired %v", o.Elapsed, o.Acknowledged, o.Fired)
			if o.Err != nil {
				t.Errorf("seed %d: %v\n%v", seed, o.Err, s)
			}
		})
	}
}

// TestChaosSchedule plays the schedule of a file.
func TestChaosSchedule(t *testing.T) {
	if *schedule == "" {
		t.Skip("no -chaos-schedule is given")
	}
	text, err := os.ReadFile(*schedule)
	if err != nil {
		t.Fatal(err)
	}
	s, err := chaos.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if o := play(t, s); o.Err != nil {
		t.Error(o.Err)
	}
}
