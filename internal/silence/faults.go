package main

import (
	"errors"
	"syscall"

	"xlattice.org/zog/internal/netns"
)

// fault is a way in which a host falls silent.
type fault struct {
	name    string
	strike  func(s *stage, host int) error
	relieve func(s *stage, host int) error // after it the host is as it was, or starts
}

// The faults.
var (
	pulledCable = fault{"pulled cable",
		func(s *stage, i int) error { return s.net.Unplug(s.net.Hosts[i]) },
		func(s *stage, i int) error { return s.net.Plug(s.net.Hosts[i]) }}

	stoppedProcess = fault{"stopped process",
		func(s *stage, i int) error { return s.Host(i).Signal(syscall.SIGSTOP) },
		func(s *stage, i int) error { return s.Host(i).Signal(syscall.SIGCONT) }}

	// Nothing that the kernel says for the dead process leaves the machine.
	powerCut = fault{"power cut",
		func(s *stage, i int) error {
			err := pulledCable.strike(s, i)
			s.Kill(i)
			return err
		},
		func(s *stage, i int) error { return errors.Join(pulledCable.relieve(s, i), s.Launch(i)) }}

	droppedPackets = fault{"dropped packets",
		func(s *stage, i int) error { return s.around(i, s.net.Block, true, true) },
		func(s *stage, i int) error { return s.around(i, s.net.Unblock, true, true) }}

	// Half of the above.
	deaf = fault{"nothing reaches it",
		func(s *stage, i int) error { return s.around(i, s.net.Block, false, true) },
		func(s *stage, i int) error { return s.around(i, s.net.Unblock, false, true) }}

	mute = fault{"nothing leaves it",
		func(s *stage, i int) error { return s.around(i, s.net.Block, true, false) },
		func(s *stage, i int) error { return s.around(i, s.net.Unblock, true, false) }}
)

// around does something to the ways from a host to all others, and to those back.
func (s *stage) around(host int, do func(netns.Way) error, out, in bool) (err error) {
	from, to := s.net.Around(s.net.Hosts[host])
	if out {
		for _, w := range from {
			err = errors.Join(err, do(w))
		}
	}
	if in {
		for _, w := range to {
			err = errors.Join(err, do(w))
		}
	}
	return err
}

// strikeAll has some hosts fall silent at about the same moment.
func (s *stage) strikeAll(f fault, hosts ...int) (err error) {
	for _, i := range hosts {
		err = errors.Join(err, f.strike(s, i))
	}
	return err
}
