package chaos_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
	"xlattice.org/zog/ringtest/chaos"
)

// TestEachKindIsPlayed: there is nothing in a schedule that nobody does, and all of
// it is over in the end.
func TestEachKindIsPlayed(t *testing.T) {
	for _, kind := range chaos.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := chaos.Generate(1, chaos.Config{Hosts: 3, Lasts: 3 * time.Minute, Kinds: []chaos.Kind{kind}})
			if len(s.Steps) == 0 {
				t.Fatal("the schedule is empty")
			}
			s.Steps = s.Steps[:1]
			s.Lasts = s.Steps[0].End() + 5*time.Second // the rest of the three minutes would be without a fault
			synctest.Test(t, func(t *testing.T) {
				r := ringtest.Start(t, ringtest.Hosts(3), ringtest.Seed(1))
				if o := chaos.Play(r, s); o.Err != nil || o.Acknowledged == 0 {
					t.Errorf("%d acknowledged: %v", o.Acknowledged, o.Err)
				}
			})
		})
	}
}

// TestWhatCannotBePlayed is said before anything is done.
func TestWhatCannotBePlayed(t *testing.T) {
	for text, says := range map[string]string{
		"chaos seed=1 hosts=4 lasts=1m0s\n":                                     "for 4 hosts, the ring has 3",
		"chaos seed=1 hosts=3 lasts=1m0s\n5s hang hosts=1 of=fly for=1s\n":      "step 1, hang: of=fly is none of",
		"chaos seed=1 hosts=3 lasts=1m0s\n5s drop hosts=1 of=Tkae n=1 for=1s\n": "step 1, drop: of=Tkae is none of",
	} {
		s, err := chaos.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			o := chaos.Play(ringtest.Start(t, ringtest.Hosts(3), ringtest.Down()), s)
			if o.Err == nil || !strings.Contains(o.Err.Error(), says) {
				t.Errorf("%v", o.Err)
			}
		})
	}
}

// TestTroublesAreCounted: a host that fails for good is started again, and counted.
func TestTroublesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Hosts(3), ringtest.Seed(1))
		s, err := chaos.Parse("chaos seed=1 hosts=3 lasts=3m0s\n5s refuse hosts=1 of=router n=30 for=30s\n")
		if err != nil {
			t.Fatal(err)
		}
		if o := chaos.Play(r, s); o.Err != nil || o.Troubles["failed for good"] == 0 {
			t.Errorf("%v: %v", o.Troubles, o.Err)
		}
	})
}
