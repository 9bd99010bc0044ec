package main

import (
	"fmt"
	"strings"
	"time"
)

// The bars, in seconds. If the other hosts that a client tries are silent too it is 5 s, the default
// time limit of a message.
const (
	barWait   = 2.0
	barMany   = 5.0
	barHeal   = 2.0
	barNotice = 10.0
	barSlow   = 60.0
)

// trials returns all cases, the long ones last.
func trials() (all []trial) {
	all = append(all, clientTrials()...)
	all = append(all, startTrials()...)
	all = append(all, healTrials()...)
	return append(all, idleTrials()...)
}

// choose returns the cases with this text in their names, with short only those of --short.
func choose(all []trial, short bool, text string) (chosen []trial) {
	for _, c := range all {
		if (c.short || !short) && strings.Contains(c.name, text) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// clientTrials returns the cases of part 1.
func clientTrials() (all []trial) {
	add := func(name string, short bool, run runner) {
		all = append(all, trial{name: "1 " + name, short: short, run: run})
	}
	faults := []fault{pulledCable, powerCut, stoppedProcess, droppedPackets}
	for _, f := range faults {
		add("send -, "+f.name, f.name == pulledCable.name, pipelined(f, 1, barWait))
	}
	add("send -, two of five: pulled cable", false, pipelined(pulledCable, 2, barMany))
	add("send -, four of five: pulled cable", false, pipelined(pulledCable, 4, barMany))
	add("send -, four of five: stopped process", false, pipelined(stoppedProcess, 4, barMany))
	for _, f := range faults {
		add("send TEXT, "+f.name, false, oneByOne(f, 1, barWait))
	}
	add("send TEXT, four of five: pulled cable", false, oneByOne(pulledCable, 4, barMany))
	add("send TEXT, four of five: stopped process", false, oneByOne(stoppedProcess, 4, barMany))
	for _, f := range faults {
		add("-i, "+f.name, f.name == stoppedProcess.name, repeated(f))
	}
	return append(all, trial{name: "1 200 clients, a disk that syncs in 5 s", exclusive: true, run: slowDisk})
}

// startTrials returns the cases of part 2.
func startTrials() (all []trial) {
	add := func(name string, short bool, run runner) {
		all = append(all, trial{name: "2 " + name, short: short, run: run})
	}
	add("send TEXT, no host is up", true, started(oneText))
	add("send TEXT -r, no host is up", false, started(oneText, "-r"))
	add("send TEXT -s, the host is not up", false, started(oneText, "-s", "MV"))
	add("send -, no host is up", false, started(manyLines))
	// The other hosts do not answer, so the client needs a longer time limit.
	add("send TEXT, no host is plugged in", false, pluggedIn(oneText, "--timeout", "10s"))
	add("send -, no host is plugged in", false, pluggedIn(manyLines, "--timeout", "10s"))
	return all
}

// healTrials returns the cases of part 3.
func healTrials() (all []trial) {
	add := func(name string, short bool, c cut) {
		all = append(all, trial{name: "3 " + name, short: short, run: c.run})
	}
	for _, seconds := range []int{5, 8, 20, 60, 90} {
		c := cut{fault: pulledCable, lasts: time.Duration(seconds) * time.Second, hosts: 1}
		if seconds == 8 {
			add("cut of 8 s", true, c)
			continue
		}
		add(fmt.Sprintf("cut of %d s", seconds), seconds == 5, c)
		c.origin = true
		add(fmt.Sprintf("cut of %d s, it takes messages", seconds), false, c)
	}
	for _, f := range []fault{deaf, mute, droppedPackets, stoppedProcess} {
		add(f.name+" for 20 s", false, cut{fault: f, lasts: 20 * time.Second, hosts: 1, origin: f.name != stoppedProcess.name})
	}
	add("cut of 20 s, two hosts, they take messages", false, cut{fault: pulledCable, lasts: 20 * time.Second, hosts: 2, origin: true})
	return all
}

// idleTrials returns the cases of part 4.
func idleTrials() (all []trial) {
	for _, f := range []fault{stoppedProcess, pulledCable, powerCut, deaf, mute} {
		all = append(all, trial{name: "4 idle, " + f.name, short: f.name == stoppedProcess.name, run: idle(f)})
	}
	return all
}
