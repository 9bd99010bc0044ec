package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"xlattice.org/zog/ringtest/chaos"
)

// operation is a part of a step.
type operation uint8

// The operations. begin and end are those of the network, as the kind says.
const (
	begin operation = iota
	end
	kill
	stop
	start
	pause
	resume
	blockClients // clients, from the host
	empty
	copyDisk
	putBack
)

var operations = [...]string{"begins", "ends", "is killed", "is told to stop", "starts", "is halted", "goes on",
	"has no clients", "is killed and its disk emptied", "has its disk copied", "is killed and starts with an old disk"}

func (d operation) String() string { return operations[d] }

// isFault says whether an operation is the fault itself, and not one that prepares or ends it.
func (d operation) isFault() bool {
	switch d {
	case begin, kill, stop, pause, empty, putBack:
		return true
	}
	return false
}

// action is an operation with its time.
type action struct {
	at   time.Duration
	do   operation
	step int // of the schedule
}

// actions returns all operations of a schedule, in the order of time.
func actions(steps []chaos.Step) []action {
	var all []action
	for i, s := range steps {
		for _, a := range actionsOf(s) {
			a.step = i
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return all
}

func actionsOf(s chaos.Step) []action {
	at, over := s.At, s.End()
	switch s.Kind {
	case chaos.Crash:
		return []action{{at: at, do: kill}, {at: over, do: start}}
	case chaos.Restart:
		return []action{{at: at, do: stop}, {at: over, do: start}}
	case chaos.Pause:
		return []action{{at: at, do: pause}, {at: over, do: resume}}
	case chaos.Wipe:
		return []action{{at: at, do: blockClients}, {at: at + s.Amount, do: empty}, {at: over, do: start}}
	case chaos.Backup:
		return []action{{at: at, do: copyDisk}, {at: at + s.For, do: blockClients}, {at: over, do: putBack}}
	case chaos.Reset:
		return []action{{at: at, do: begin}}
	case chaos.Flap:
		return flaps(s)
	}
	return []action{{at: at, do: begin}, {at: over, do: end}}
}

// flaps begins and ends a partition in turns.
func flaps(s chaos.Step) (all []action) {
	for at := s.At; at < s.End(); at += 2 * s.Amount {
		all = append(all, action{at: at, do: begin}, action{at: min(at+s.Amount, s.End()), do: end})
	}
	return all
}

// realKinds are the kinds that can be played on real processes.
var realKinds = []chaos.Kind{chaos.Crash, chaos.Restart, chaos.Pause, chaos.Wipe, chaos.Backup, chaos.Unplug,
	chaos.Partition, chaos.OneWay, chaos.Flap}

// withReset needs ss, withSlow needs tc.
var (
	withReset = []chaos.Kind{chaos.Sever, chaos.Reset}
	withSlow  = []chaos.Kind{chaos.Rate}
	allKinds  = slices.Concat(realKinds, withReset, withSlow)
)

// playable returns an error if a schedule cannot be played on so many hosts with these kinds. A
// schedule from a file may be such.
func playable(s chaos.Schedule, hosts int, kinds []chaos.Kind) error {
	if s.Hosts != hosts {
		return fmt.Errorf("the schedule is for %d hosts, the ring has %d", s.Hosts, hosts)
	}
	for i, step := range s.Steps {
		if !slices.Contains(kinds, step.Kind) {
			return fmt.Errorf("step %d, %s: only %q can be done here", i+1, step, kinds)
		}
		for j, other := range s.Steps[:i] {
			if other.End() >= step.At && excludes(step, other) {
				return fmt.Errorf("steps %d and %d, %s: %s is not over then", j+1, i+1, step, other)
			}
		}
	}
	return nil
}

// excludes says whether two steps cannot overlap.
func excludes(a, b chaos.Step) bool {
	if a.Kind == chaos.Rate && b.Kind == chaos.Rate {
		return slices.Equal(a.Hosts, b.Hosts)
	}
	return onProcess(a) && onProcess(b) && a.Hosts[0] == b.Hosts[0]
}

// onProcess says whether a step stops and starts its host.
func onProcess(s chaos.Step) bool {
	switch s.Kind {
	case chaos.Crash, chaos.Restart, chaos.Pause, chaos.Wipe, chaos.Backup:
		return true
	}
	return false
}
