package main

import (
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/netns"
)

type (
	place = netns.Place
	way   = netns.Way
)

// network is the places, and what faults have done to the ways between them.
// It is for one goroutine.
type network struct {
	*netns.Network
	severed  map[way]int    // by how many faults; both ways are in it
	throttle map[way]string // the number of the class that slows a way down
	classes  int            // that were made so far
}

// plan returns the network for a ring, of which nothing is there yet. An error
// is one of the ring file.
func plan(ring *config.Ring) (*network, error) {
	n, err := netns.Plan(ring)
	return &network{Network: n, severed: map[way]int{}, throttle: map[way]string{}}, err
}
