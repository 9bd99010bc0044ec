package ringtest

import (
	"context"
	"net"
	"net/netip"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/supervisor"
)

// DialBelow connects an address to a port on the network below the faults: what is written to the
// connection is not held until a frame is complete, not counted, and not hit by a fault. It is for
// tests that speak for a host that is down, or send what no host would. What the other side writes
// goes the usual way.
func (r *Ring) DialBelow(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	return r.net.base.Dial(ctx, from, to)
}

// ListenBelow opens a port on the network below the faults, for tests that speak for a host that is
// down.
func (r *Ring) ListenBelow(at netip.AddrPort) (net.Listener, error) { return r.net.base.Listen(at) }

// Daemon returns the host's supervisor, or nil while it is down. Only the methods of Host may stop
// it.
func (h *Host) Daemon() *supervisor.Host {
	if p := h.running(); p != nil {
		return p.host
	}
	return nil
}

// Reconfigure gives the host another ring file from its next start on, in which keys replace those
// of [File].
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

// ringFile returns the ring file for the next start of the host.
func (h *Host) ringFile() *config.Ring {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.file
}
