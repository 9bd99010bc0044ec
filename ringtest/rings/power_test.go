package rings_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

var powerCutSeeds = flag.Uint64("power-cut-seeds", 6, "how many rings TestPowerCuts and TestLongPowerCuts run together, with 25 power cuts each")

// quickPowerCutSeeds is how many of these TestPowerCuts runs.
const quickPowerCutSeeds = 2

// However the power fails, on one host or several, at any change of a disk in
// the middle of traffic: what was acknowledged is in all logs in the end (I1).
func TestPowerCuts(t *testing.T) { powerCuts(t, 0, quickPowerCutSeeds) }

// TestLongPowerCuts: the same, with more rings.
func TestLongPowerCuts(t *testing.T) { powerCuts(t, quickPowerCutSeeds, *powerCutSeeds) }

func powerCuts(t *testing.T, first, end uint64) {
	for seed := first; seed < end; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 3, ringtest.File(smallSegments), ringtest.SyncTakes(time.Millisecond), ringtest.Seed(seed))
				kept := r.powerCuts(rand.New(rand.NewPCG(seed, 77)), 25, (*ringtest.Host).Start)
				r.requireKept(kept, 0, 1, 2)
				if len(kept) < 250 {
					t.Errorf("only %d texts were acknowledged", len(kept))
				}
			})
		})
	}
}

// A program that does not sync is found out by the same power cuts, or they
// would show nothing.
func TestPowerCutsFindWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3, ringtest.File(smallSegments), ringtest.SyncTakes(0), ringtest.Seed(1))
		kept := r.powerCuts(rand.New(rand.NewPCG(1, 77)), 25, func(h *ringtest.Host) {
			h.Disk().Lie(ringtest.Every(""))
			h.Start()
		})
		if r.lost(kept) == 0 {
			t.Error("25 power cuts without a sync, and nothing is lost")
		}
	})
}

// powerCuts lets the power fail again and again while clients send, and returns
// what was acknowledged.
func (r *memoryRing) powerCuts(chance *rand.Rand, cuts int, start func(*ringtest.Host)) (kept []string) {
	for _, h := range r.hosts {
		start(h)
	}
	time.Sleep(2 * time.Second)
	for cut := range cuts {
		victims := chance.Perm(3)[:1+chance.IntN(4)/2] // one, one, two or two
		if chance.IntN(8) == 0 {
			victims = []int{0, 1, 2}
		}
		for _, v := range victims {
			r.hosts[v].Disk().DieAt(1 + chance.IntN(60))
		}
		for round := range 3 {
			for i := range 3 {
				batch := texts(fmt.Sprint("cut ", cut, " round ", round, " to ", i), 1+chance.IntN(20))
				n, _ := r.try(i, batch...)
				kept = append(kept, batch[:n]...)
			}
		}
		for _, v := range victims {
			r.hangUp(v)
			if chance.IntN(2) == 0 {
				r.hosts[v].PowerCutTorn()
			} else {
				r.hosts[v].PowerCut()
			}
		}
		time.Sleep(time.Duration(chance.IntN(2000)) * time.Millisecond)
		for _, v := range victims {
			start(r.hosts[v])
		}
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
	}
	time.Sleep(time.Minute)
	return kept
}

// lost counts the texts that are not in all logs.
func (r *memoryRing) lost(texts []string) (n int) {
	for i := range r.hosts {
		n += len(lacking(r.lines(i), texts))
	}
	return n
}
