package main

import (
	"errors"
	"syscall"

	"xlattice.org/zog/internal/test/netns"
)

// fault is a way in which a host falls silent.
type fault struct {
	name   string
	inject func(s *stage, host int) error
	heal   func(s *stage, host int) error // after it the host is as it was, or starts
	runs   bool                           // its process does, and others are silent to it
}

// The faults.
var (
	pulledCable = fault{
		name:   "pulled cable",
		inject: func(s *stage, i int) error { return s.net.Unplug(s.net.Hosts[i]) },
		heal:   func(s *stage, i int) error { return s.net.Plug(s.net.Hosts[i]) },
		runs:   true,
	}
	stoppedProcess = fault{
		name:   "stopped process",
		inject: func(s *stage, i int) error { return s.Host(i).Signal(syscall.SIGSTOP) },
		heal:   func(s *stage, i int) error { return s.Host(i).Signal(syscall.SIGCONT) },
	}
	powerCut = fault{
		name:   "power cut",
		inject: (*stage).cutPower,
		heal:   func(s *stage, i int) error { return errors.Join(pulledCable.heal(s, i), s.Launch(i)) },
	}
	droppedPackets = dropped("dropped packets", true, true)
	deaf           = dropped("nothing reaches it", false, true)
	mute           = dropped("nothing leaves it", true, false)
)

// cutPower pulls the cable first, so that no packet that the kernel sends for the dead process leaves
// the host.
func (s *stage) cutPower(i int) error {
	err := pulledCable.inject(s, i)
	s.Kill(i)
	return err
}

// dropped returns the fault in which packets from a host or to it are dropped.
func dropped(name string, out, in bool) fault {
	return fault{
		name:   name,
		inject: func(s *stage, i int) error { return s.around(i, s.net.Block, out, in) },
		heal:   func(s *stage, i int) error { return s.around(i, s.net.Unblock, out, in) },
		runs:   true,
	}
}

// around calls do for the ways from a host to all others, and for those back.
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

// injectAll makes some hosts silent at nearly the same time.
func (s *stage) injectAll(f fault, hosts ...int) (err error) {
	for _, i := range hosts {
		err = errors.Join(err, f.inject(s, i))
	}
	return err
}
