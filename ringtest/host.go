package ringtest

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/check"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/crashdisk"
	"xlattice.org/zog/internal/faultnet"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/supervisor"
)

// Host is a host of a ring: a machine with a disk, a clock and links, on which
// zog runs, or does not.
type Host struct {
	ring    *Ring
	index   int
	name    string
	address netip.Addr
	clock   *Clock
	mail    mail // faults of its actors; they outlive the process

	mu     sync.Mutex
	disk   *crashdisk.Disk
	slow   []*slowRule  // in a slice that is not changed
	file   *config.Ring // from the next start on
	life   *life        // nil while it is down
	counts []*actors.Counts
}

// life is one run of zog on a host, from its start to its end.
type life struct {
	host *supervisor.Host
	end  *faultnet.Endpoint
	gate gate
	over chan struct{} // closed when it has ended
}

func newHost(r *Ring, index int) *Host {
	h := &Host{ring: r, index: index, name: r.file.Hosts[index].Name, address: r.file.Hosts[index].Address, file: r.file}
	h.clock = &Clock{host: h}
	h.mail.host = h
	h.disk = crashdisk.New(filepath.Dir(h.dir()))
	return h
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// dir is the host's log directory, on its own disk.
func (h *Host) dir() string { return h.ring.file.LogDir(h.name) }

func (h *Host) clientAddress() netip.AddrPort {
	return netip.AddrPortFrom(h.address, h.ring.file.Ports.Client)
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
	switch {
	case l == nil:
		return fmt.Errorf("%s is down", h.name)
	case l.failed() != nil:
		return l.failed()
	}
	return l.host.Ready()
}

// Failed tells whether the host runs, and has failed for good: a daemon would have
// ended by itself. It must still be stopped.
func (h *Host) Failed() bool {
	l := h.alive()
	return l != nil && l.failed() != nil
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

// Start starts the host, which must be down, and returns when it takes messages.
// If that fails, so does the test.
func (h *Host) Start() {
	h.ring.t.Helper()
	if err := h.TryStart(); err != nil {
		h.ring.t.Fatalf("ringtest: %s does not start: %v", h.name, err)
	}
}

// TryStart is Start for a host that may not be able to start.
func (h *Host) TryStart() error {
	if h.Up() {
		return fmt.Errorf("%s is up", h.name)
	}
	l := &life{end: h.ring.net.join(), over: make(chan struct{})}
	host, err := supervisor.Start(supervisor.Options{
		Ring: h.ringFile(), Self: h.index, Log: h.ring.log,
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

// Stop stops the host cleanly, as SIGTERM does. If that fails, so does the test.
func (h *Host) Stop() {
	h.ring.t.Helper()
	if err := h.TryStop(); err != nil {
		h.ring.t.Errorf("ringtest: %s does not stop: %v", h.name, err)
	}
}

// TryStop is Stop for a host that may not be able to. One that does not stop is
// killed.
func (h *Host) TryStop() error {
	l := h.take()
	if l == nil {
		return fmt.Errorf("%s is down", h.name)
	}
	l.gate.open()
	err := l.host.Stop(stopWithin)
	l.end.Kill(true)
	l.bury()
	if err != nil {
		h.crashDisk(crashdisk.KeepAll())
	}
	return err
}

// bury lets go of what waits for something in a life that is over.
func (l *life) bury() {
	close(l.over)
	l.gate.open()
}

// Restart stops the host cleanly and starts it again.
func (h *Host) Restart() {
	h.ring.t.Helper()
	h.ring.note("restart", "restart of %s", h.name)
	h.Stop()
	h.Start()
}

// Crash ends the host's process, as kill -9 does: its peers see their connections
// end, and its disk has all that was written, synced or not. It stays down.
func (h *Host) Crash() { h.crash("crash", crashdisk.KeepAll(), true) }

// PowerCut takes the host's power: its peers hear nothing more of it, and its disk
// has what was synced, and nothing else. It stays down.
func (h *Host) PowerCut() { h.crash("power cut", crashdisk.KeepSynced(), false) }

// PowerCutTorn is PowerCut with a disk that has done some of what was not synced,
// by chance: some of the writes, in units of 512 bytes, and some of the renames.
func (h *Host) PowerCutTorn() {
	h.ring.faults.mu.Lock()
	seed := uint64(h.ring.faults.rand() * (1 << 52))
	h.ring.faults.mu.Unlock()
	h.crash("power cut, torn", crashdisk.KeepSome(rand.New(rand.NewPCG(seed, 1))), false)
}

func (h *Host) crash(what string, loss crashdisk.Loss, heard bool) {
	l := h.take()
	if l == nil {
		h.crashDisk(loss)
		return
	}
	h.ring.note(what, "%s of %s", what, h.name)
	l.end.Kill(heard)
	h.crashDisk(loss)
	l.bury()
	// What its actors still do nobody sees, and no disk keeps.
	_ = l.host.Stop(time.Millisecond)
}

// crashDisk lets the disk crash, and puts what is left of it in its place.
func (h *Host) crashDisk(loss crashdisk.Loss) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk = h.disk.Crash(loss)
}

func (h *Host) currentDisk() *crashdisk.Disk {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.disk
}

// Pause stops the host's process without ending it, as SIGSTOP does: who dials it
// gets a connection, and no answer. Heal lets it go on.
func (h *Host) Pause() *Fault {
	l := h.alive()
	if l == nil {
		return h.ring.impose("pause", nil, "pause of %s, which is down", h.name)
	}
	l.gate.shut()
	resume := l.end.Pause()
	return h.ring.impose("pause", func() { resume(); l.gate.open() }, "pause of %s", h.name)
}

// Wipe gives the host, which must be down, an empty disk.
func (h *Host) Wipe() {
	h.ring.note("wipe", "wipe of %s", h.name)
	h.setDisk(crashdisk.New(filepath.Dir(h.dir())))
}

// Backup is a copy of a disk.
type Backup struct{ disk *crashdisk.Disk }

// Backup copies the disk as it is at this moment, whether the host is up or not.
func (h *Host) Backup() *Backup { return &Backup{h.currentDisk().Copy()} }

// Restore puts a copy into the place of the disk of the host, which must be down.
// A copy can be used once.
func (h *Host) Restore(b *Backup) {
	h.ring.note("backup", "an old disk of %s is put back", h.name)
	h.setDisk(b.disk)
}

func (h *Host) setDisk(d *crashdisk.Disk) {
	if h.Up() {
		h.ring.t.Errorf("ringtest: %s is up: its disk cannot be replaced", h.name)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk = d
}

// Files returns the log directory, as programs on the host see it.
func (h *Host) Files() fs.FS { return files{h.currentDisk(), h.dir()} }

// Segments returns the names of the files of the access log, the oldest first.
func (h *Host) Segments() []string {
	names, err := check.Segments(h.Files())
	if err != nil {
		return nil // there is none
	}
	return names
}

// Log returns the lines of the access log, without CRLF, the oldest first.
func (h *Host) Log() []string {
	h.ring.t.Helper()
	lines, err := readLog(h.Files())
	if err != nil {
		h.ring.t.Errorf("ringtest: %s: %v", h.name, err)
	}
	return lines
}

// Texts returns the texts of the access log, without their times and identities.
func (h *Host) Texts() []string {
	h.ring.t.Helper()
	lines := h.Log()
	for i, line := range lines {
		if parts := strings.SplitN(line, " ", 3); len(parts) == 3 {
			lines[i] = parts[2]
		}
	}
	return lines
}

// size is how many bytes the access log has, in all its segments.
func (h *Host) size() (bytes int64) {
	disk := h.currentDisk()
	for _, path := range disk.Names(h.dir()) {
		if _, ok := logname.ParseSegment(filepath.Base(path)); ok {
			bytes += disk.Size(path)
		}
	}
	return bytes
}

// Count adds up what the host has done since the ring was started, over all its
// runs.
func (h *Host) Count(of func(*actors.Counts) uint64) (total uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.counts {
		total += of(c)
	}
	return total
}

// Shun keeps all clients away from the host: their connections are cut, and others
// refused, until the fault is healed.
func (h *Host) Shun() *Fault {
	undo := h.ring.net.set(h.FromClients().route, faultnet.Condition{Refuse: true})
	return h.ring.impose("shunned host", undo, "no client reaches %s", h.name)
}
