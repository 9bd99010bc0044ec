package ringtest

import (
	"io/fs"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/faultnet"
)

// Host is a host of a ring: a machine with a disk, a clock and links, on which zog may run.
type Host struct {
	ring    *Ring
	index   int
	name    string
	address netip.Addr
	clock   *Clock
	mail    mail // faults of its actors; they outlive the process
	slow    list[*slowRule]
	stderr  *stderr
	starts  chan struct{} // a lock for start and stop; virtual time goes on while a goroutine waits for it

	mu      sync.Mutex
	disk    *crashdisk.Disk
	file    *config.Ring // used from the next start on
	process *process     // nil while it is down
	limits  []*int64     // of the bytes on the disk; the smallest counts
	counts  []*actors.Counts
}

func newHost(r *Ring, index int) *Host {
	h := &Host{ring: r, index: index, name: r.file.Hosts[index].Name, address: r.file.Hosts[index].Address, file: r.file, starts: make(chan struct{}, 1)}
	h.clock = &Clock{host: h}
	h.mail.host = h
	h.stderr = newStderr(&r.diagnostics)
	h.disk = crashdisk.New(filepath.Dir(h.dir()))
	return h
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// dir returns the host's log directory, on its own disk.
func (h *Host) dir() string { return h.ring.file.LogDir(h.name) }

func (h *Host) clientAddress() netip.AddrPort {
	return netip.AddrPortFrom(h.address, h.ring.file.Ports.Client)
}

// Files returns the log directory, as programs on the host see it. Each read goes to the disk that
// the host has at that time: after a crash, to what the crash has left.
func (h *Host) Files() fs.FS { return files{h} }

// Segments returns the names of the files of the access log, the oldest first.
func (h *Host) Segments() []string {
	names, err := check.Segments(h.Files())
	if err != nil {
		return nil // there is no log
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

// size returns the number of bytes in all segments of the access log.
func (h *Host) size() (bytes int64) {
	disk := h.currentDisk()
	for _, path := range disk.Names(h.dir()) {
		if _, ok := logname.ParseSegment(filepath.Base(path)); ok {
			bytes += disk.Size(path)
		}
	}
	return bytes
}

// Count returns the sum of a counter over all processes of the host since the ring was started.
func (h *Host) Count(of func(*actors.Counts) uint64) (total uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.counts {
		total += of(c)
	}
	return total
}

// Shun resets the connections of all clients to the host and refuses new ones, until the fault is
// healed.
func (h *Host) Shun() *Fault {
	undo := h.ring.net.add(h.FromClients().route, faultnet.Condition{Refuse: true})
	return h.ring.impose("shunned host", undo, "no client reaches %s", h.name)
}
