package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTrouble lets links be cut and fall silent and hosts stop and start, by
// chance, while clients send; then all is mended, and within seconds every
// host has all that was acknowledged (I1, I2, I3, I5).
func TestTrouble(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 5)
				r.sync = time.Millisecond << (seed % 8)
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
	for step := range steps {
		a, b := chance.IntN(5), chance.IntN(5)
		switch chance.IntN(12) {
		case 0:
			r.net.Cut(r.address(a), r.address(b))
		case 1:
			r.net.Silence(r.address(a), r.address(b))
		case 2, 3:
			r.net.Heal(r.address(a), r.address(b))
		case 4:
			if r.hosts[a] != nil {
				r.stop(a)
			}
		case 5, 6:
			if r.hosts[a] == nil {
				r.start(a)
			}
		default:
			batch := texts(fmt.Sprint("step ", step, " text"), 1+chance.IntN(50))
			if r.hosts[a] != nil {
				n, _ := r.try(a, batch...)
				acknowledged = append(acknowledged, batch[:n]...)
			}
		}
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
	}
	r.mend()
	// A peer may be found silent, or asked in vain, shortly before.
	time.Sleep(60 * time.Second)
	logged := strings.Join(r.requireEqual(0, 1, 2, 3, 4), "")
	for _, text := range acknowledged {
		if !strings.Contains(logged, " "+text+"\r\n") {
			r.t.Errorf("%q was acknowledged and is lost", text)
		}
	}
	r.t.Logf("%d texts acknowledged", len(acknowledged))
}

func (r *memoryRing) mend() {
	for a := range 5 {
		for b := range a {
			r.net.Heal(r.address(a), r.address(b))
		}
	}
	for i, h := range r.hosts {
		if h == nil {
			r.start(i)
		}
	}
}
