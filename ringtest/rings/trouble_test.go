package rings_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestTrouble lets links be cut and fall silent and hosts stop and start, by
// chance, while clients send; then all is mended, and within seconds every
// host has all that was acknowledged (I1, I2, I3, I5).
func TestTrouble(t *testing.T) { randomTrouble(t, 0, 3) }

// TestLongTrouble: the same, with other seeds and slower disks.
func TestLongTrouble(t *testing.T) { randomTrouble(t, 3, 8) }

func randomTrouble(t *testing.T, first, end uint64) {
	for seed := first; seed < end; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 5, ringtest.SyncTakes(time.Millisecond<<(seed%8)), ringtest.Seed(seed))
				r.trouble(rand.New(rand.NewPCG(seed, 55)), 150)
			})
		})
	}
}

// trouble goes through a number of random steps.
func (r *memoryRing) trouble(chance *rand.Rand, steps int) {
	r.startAll()
	time.Sleep(2 * time.Second)
	var acknowledged []string
	faults := make(map[[2]int][]*ringtest.Fault) // by the two hosts that they are between
	for step := range steps {
		a := chance.IntN(5)
		b := (a + 1 + chance.IntN(4)) % 5
		between := [2]int{min(a, b), max(a, b)}
		switch chance.IntN(12) {
		case 0:
			faults[between] = append(faults[between], r.link(a, b).Sever())
		case 1:
			faults[between] = append(faults[between], r.link(a, b).Drop())
		case 2, 3:
			for _, f := range faults[between] {
				f.Heal()
			}
		case 4:
			if r.hosts[a].Up() {
				r.stop(a)
			}
		case 5, 6:
			if !r.hosts[a].Up() {
				r.start(a)
			}
		default:
			batch := texts(fmt.Sprint("step ", step, " text"), 1+chance.IntN(50))
			if r.hosts[a].Up() {
				n, _ := r.try(a, batch...)
				acknowledged = append(acknowledged, batch[:n]...)
			}
		}
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
	}
	r.Heal()
	for _, h := range r.hosts {
		if !h.Up() {
			h.Start()
		}
	}
	// A peer may be found silent, or asked in vain, shortly before.
	time.Sleep(60 * time.Second)
	r.requireKept(acknowledged, 0, 1, 2, 3, 4)
	r.t.Logf("%d texts acknowledged", len(acknowledged))
}
