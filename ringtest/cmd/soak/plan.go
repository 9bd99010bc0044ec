package main

import (
	"math/rand/v2"
	"time"
)

// plan is the random plan of one cycle.
type plan struct {
	traffic time.Duration // before the kill
	victims []int
	down    time.Duration // from the kill to the new start
	// again is the time until the starting hosts are killed once more; 0 means that they are not.
	again time.Duration
}

// draw draws a plan for a ring of n hosts.
func draw(chance *rand.Rand, n int) plan {
	p := plan{
		traffic: between(chance, 100*time.Millisecond, 500*time.Millisecond),
		down:    between(chance, 50*time.Millisecond, 500*time.Millisecond),
	}
	kill := 1
	switch k := chance.IntN(100); {
	case k < 8:
		kill = n
	case k < 25:
		kill = 2
	}
	p.victims = chance.Perm(n)[:kill]
	if chance.IntN(100) < 15 {
		p.again = between(chance, time.Millisecond, 150*time.Millisecond)
	}
	return p
}

func between(chance *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(chance.Int64N(int64(most-least)+1))
}

// kills counts the kills.
type kills struct {
	cycles         int
	one, two, all  int
	whileTheyStart int
}

func (k *kills) count(p *plan, n int) {
	k.cycles++
	switch len(p.victims) {
	case n:
		k.all++
	case 2:
		k.two++
	default:
		k.one++
	}
	if p.again > 0 {
		k.whileTheyStart++
	}
}
