package ringtest

import (
	"context"
	"net"
	"net/netip"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/supervisor"
)

// DialBelow connects an address to a port on the network below all faults: what is
// written to the connection is neither held up until a frame is whole, nor counted,
// nor hit by a fault. It is for tests that speak for a host that is down, or say
// what no host would. What the other side writes goes the usual way.
func (r *Ring) DialBelow(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	return r.net.base.Dial(ctx, from, to)
}

// ListenBelow opens a port on the network below all faults, for tests that speak for
// a host that is down.
func (r *Ring) ListenBelow(at netip.AddrPort) (net.Listener, error) { return r.net.base.Listen(at) }

// Daemon returns the host as package supervisor has it, nil while it is down. It is
// not to be stopped but by the methods of Host.
func (h *Host) Daemon() *supervisor.Host {
	if l := h.alive(); l != nil {
		return l.host
	}
	return nil
}

// Reconfigure lets the host read another ring file from its next start on: keys are
// in the place of those that [File] gave.
func (h *Host) Reconfigure(keys string) {
	h.ring.t.Helper()
	o := *h.ring.options
	o.file = []string{keys}
	file, err := o.ringFile()
	if err != nil {
		h.ring.t.Fatalf("ringtest: %v", err)
		return
	}
	file.Ports = h.ring.file.Ports
	h.mu.Lock()
	defer h.mu.Unlock()
	h.file = file
}

// ringFile is the ring file as the host has it.
func (h *Host) ringFile() *config.Ring {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.file
}
