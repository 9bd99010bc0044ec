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

// process is one process of zog on a host, from its start to its end.
type process struct {
	host   *supervisor.Host
	end    *faultnet.Endpoint
	gate   gate
	resume []func() // of pauses; guarded by Host.mu
	dead   atomic.Bool
	over   chan struct{} // closed when it has ended
}

// errPaused is why a paused host takes no messages.
var errPaused = errors.New("is paused")

// ready returns nil while the host takes messages, and otherwise why it does not.
func (p *process) ready() error {
	switch {
	case p.failed() != nil:
		return p.failed()
	case p.gate.whenOpen() != nil:
		return errPaused
	}
	return p.host.Ready()
}

// failed returns the error with which the host has failed, or nil.
func (p *process) failed() error {
	select {
	case <-p.host.Failed():
		return p.host.Err()
	default:
		return nil
	}
}

// finish marks the process as over, and wakes all that waits in it. From then on its actors meet no
// faults, and probes do not record their messages.
func (p *process) finish() {
	p.dead.Store(true)
	close(p.over)
	p.gate.force()
}

// Up says whether zog runs on the host.
func (h *Host) Up() bool { return h.running() != nil }

func (h *Host) running() *process {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.process
}

// Ready returns nil while the host takes messages, and otherwise why it does not.
func (h *Host) Ready() error {
	p := h.running()
	if p == nil {
		return fmt.Errorf("%s is down", h.name)
	}
	if err := p.ready(); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	return nil
}

// state describes the state of the host, for people.
func (h *Host) state() string {
	state := h.name + " takes messages"
	if err := h.Ready(); err != nil {
		state = err.Error()
	}
	return fmt.Sprintf("%s; its log has %d bytes", state, h.size())
}

// Failed says whether the host is up and has failed: a daemon would have ended by itself. It must
// still be stopped.
func (h *Host) Failed() bool {
	p := h.running()
	return p != nil && p.failed() != nil
}

// Start starts the host, which must be down, and returns when it takes messages. An error ends the
// test.
func (h *Host) Start() {
	h.ring.t.Helper()
	if err := h.TryStart(); err != nil {
		h.ring.t.Fatalf("ringtest: %s does not start: %v", h.name, err)
	}
}

// TryStart is Start, but returns the error.
func (h *Host) TryStart() (err error) {
	h.starts <- struct{}{}
	defer func() { <-h.starts }()
	if h.Up() {
		return fmt.Errorf("%s is up", h.name)
	}
	h.ring.runLabelled(func() { err = h.start() })
	return err
}

func (h *Host) start() error {
	p := &process{end: h.ring.net.join(), over: make(chan struct{})}
	host, err := supervisor.Start(supervisor.Options{
		Ring: h.ringFile(), Self: h.index, Log: h.stderr.logger(),
		Seams: actors.Seams{
			Dial: p.end.Dial, Listen: p.end.Listen, Now: h.clock.Now,
			FS:      slowDisk{h.currentDisk(), h},
			Mailbox: h.mail.producer(p),
		},
	})
	if err != nil {
		p.end.Kill(true)
		return err
	}
	p.host = host
	h.mu.Lock()
	defer h.mu.Unlock()
	h.process = p
	h.counts = append(h.counts, host.Counts())
	return nil
}

// detach makes the host down, and returns its process, which the caller must end.
func (h *Host) detach() *process {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.process
	h.process = nil
	return p
}

// stopWithin is how long a host may take to stop cleanly.
const stopWithin = 10 * time.Second

// Stop stops the host cleanly, as SIGTERM does. It heals a pause first. An error fails the test.
func (h *Host) Stop() {
	h.ring.t.Helper()
	if err := h.TryStop(); err != nil {
		h.ring.t.Errorf("ringtest: %s does not stop: %v", h.name, err)
	}
}

// TryStop is Stop, but returns the error. A host that does not stop is killed.
func (h *Host) TryStop() error {
	h.starts <- struct{}{}
	defer func() { <-h.starts }()
	p := h.detach()
	if p == nil {
		return fmt.Errorf("%s is down", h.name)
	}
	h.ring.record("stop", "stop of %s", h.name)
	h.mu.Lock()
	pauses := p.resume
	h.mu.Unlock()
	for _, resume := range pauses {
		resume()
	}
	err := p.host.Stop(stopWithin)
	p.end.Kill(true)
	p.finish()
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

// Pause suspends the host's process as SIGSTOP does. The host must be up. Its kernel still accepts
// connections, and bytes until its buffers are full, from peers and clients, but nothing is
// answered. Heal resumes the process.
func (h *Host) Pause() *Fault {
	h.ring.t.Helper()
	p := h.running()
	if p == nil {
		h.ring.fatal("%s is down: it cannot be paused", h.name)
	}
	p.gate.shut()
	resume := p.end.Pause()
	f := h.ring.impose("pause", func() { resume(); p.gate.open() }, "pause of %s", h.name)
	h.mu.Lock()
	defer h.mu.Unlock()
	p.resume = append(p.resume, f.Heal)
	return f
}
