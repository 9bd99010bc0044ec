package main

import (
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/netns"
)

type (
	place = netns.Place
	way   = netns.Way
)

// network has the places, and the faults of the ways between them. It is for one goroutine.
type network struct {
	*netns.Network
	severed  map[way]int    // number of faults that sever a way; both directions are in it
	throttle map[way]string // number of the traffic class that limits a way
	classes  int            // number of classes made so far
}

// plan returns the network for a ring. It does not exist until Make. An error is one of the ring file.
func plan(ring *config.Ring) (*network, error) {
	n, err := netns.Plan(ring)
	return &network{Network: n, severed: map[way]int{}, throttle: map[way]string{}}, err
}
