package ringtest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/faultnet"
	"xlattice.org/zog/supervisor"
)

// life is one run of zog on a host, from its start to its end.
type life struct {
	host   *supervisor.Host
	end    *faultnet.Endpoint
	gate   gate
	resume []func() // of pauses; guarded by Host.mu
	dead   atomic.Bool
	over   chan struct{} // closed when it has ended
}

// errPaused says that a host stands still.
var errPaused = errors.New("is paused")

// ready returns nil while the host takes messages, and otherwise why it does not.
func (l *life) ready() error {
	switch {
	case l.failed() != nil:
		return l.failed()
	case l.gate.closed() != nil:
		return errPaused
	}
	return l.host.Ready()
}

// failed returns why the host has failed for good, if it has.
func (l *life) failed() error {
	select {
	case <-l.host.Failed():
		return l.host.Err()
	default:
		return nil
	}
}

// bury lets go of what waits for something in a life that is over. What its actors
// still do is no message of the ring's, and meets no fault.
func (l *life) bury() {
	l.dead.Store(true)
	close(l.over)
	l.gate.force()
}

// Up tells whether zog runs on the host.
func (h *Host) Up() bool { return h.alive() != nil }

func (h *Host) alive() *life {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.life
}

// Ready returns nil while the host takes messages, and otherwise why it does not.
func (h *Host) Ready() error {
	l := h.alive()
	if l == nil {
		return fmt.Errorf("%s is down", h.name)
	}
	if err := l.ready(); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	return nil
}

// state is how the host is, for people.
func (h *Host) state() string {
	how := h.name + " takes messages"
	if err := h.Ready(); err != nil {
		how = err.Error()
	}
	return fmt.Sprintf("%s; its log has %d bytes", how, h.size())
}

// Failed tells whether the host runs, and has failed for good: a daemon would have
// ended by itself. It must still be stopped.
func (h *Host) Failed() bool {
	l := h.alive()
	return l != nil && l.failed() != nil
}

// Start starts the host, which must be down, and returns when it takes messages.
// If that fails, so does the test.
func (h *Host) Start() {
	h.ring.t.Helper()
	if err := h.TryStart(); err != nil {
		h.ring.t.Fatalf("ringtest: %s does not start: %v", h.name, err)
	}
}

// TryStart is Start for a host that may not be able to start.
func (h *Host) TryStart() (err error) {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	if h.Up() {
		return fmt.Errorf("%s is up", h.name)
	}
	h.ring.as(func() { err = h.start() })
	return err
}

func (h *Host) start() error {
	l := &life{end: h.ring.net.join(), over: make(chan struct{})}
	host, err := supervisor.Start(supervisor.Options{
		Ring: h.ringFile(), Self: h.index, Log: h.stderr.logger(),
		Seams: actors.Seams{
			Dial: l.end.Dial, Listen: l.end.Listen, Now: h.clock.Now,
			FS:      slowDisk{h.currentDisk(), h},
			Mailbox: h.mail.producer(l),
		},
	})
	if err != nil {
		l.end.Kill(true)
		return err
	}
	l.host = host
	h.mu.Lock()
	defer h.mu.Unlock()
	h.life = l
	h.counts = append(h.counts, host.Counts())
	return nil
}

// take ends the host's life, as far as others see, and returns it.
func (h *Host) take() *life {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.life
	h.life = nil
	return l
}

// stopWithin is how long a host may take to stop cleanly.
const stopWithin = 10 * time.Second

// Stop stops the host cleanly, as SIGTERM does; one that is paused goes on for it.
// If that fails, so does the test.
func (h *Host) Stop() {
	h.ring.t.Helper()
	if err := h.TryStop(); err != nil {
		h.ring.t.Errorf("ringtest: %s does not stop: %v", h.name, err)
	}
}

// TryStop is Stop for a host that may not be able to. One that does not stop is
// killed.
func (h *Host) TryStop() error {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	l := h.take()
	if l == nil {
		return fmt.Errorf("%s is down", h.name)
	}
	h.ring.note("stop", "stop of %s", h.name)
	h.mu.Lock()
	resume := l.resume
	h.mu.Unlock()
	for _, goOn := range resume {
		goOn()
	}
	err := l.host.Stop(stopWithin)
	l.end.Kill(true)
	l.bury()
	if err != nil {
		h.crashDisk(crashdisk.KeepAll())
	}
	return err
}

// Restart stops the host cleanly and starts it again.
func (h *Host) Restart() {
	h.ring.t.Helper()
	h.Stop()
	h.Start()
}

// Pause stops the host's process, which must run, without ending it, as SIGSTOP
// does: its kernel takes connections, and bytes until its buffers are full, from peers and
// clients alike, and nobody answers. Heal lets it go on.
func (h *Host) Pause() *Fault {
	h.ring.t.Helper()
	l := h.alive()
	if l == nil {
		h.ring.fatal("%s is down: it cannot be paused", h.name)
	}
	l.gate.shut()
	resume := l.end.Pause()
	f := h.ring.impose("pause", func() { resume(); l.gate.open() }, "pause of %s", h.name)
	h.mu.Lock()
	defer h.mu.Unlock()
	l.resume = append(l.resume, f.Heal)
	return f
}
