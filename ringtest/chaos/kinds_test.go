package chaos_test

import (
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
			s := chaos.Generate(1, chaos.Config{Hosts: 3, Lasts: 3 * time.Minute, Kinds: []chaos.Kind{kind}})
			if len(s.Steps) == 0 {
				t.Fatal("the schedule is empty")
			}
			s.Steps = s.Steps[:1]
			synctest.Test(t, func(t *testing.T) {
				r := ringtest.Start(t, ringtest.Hosts(3), ringtest.Seed(1))
				if o := chaos.Play(r, s); o.Err != nil || o.Acknowledged == 0 {
					t.Errorf("%d acknowledged: %v", o.Acknowledged, o.Err)
				}
			})
		})
	}
}
