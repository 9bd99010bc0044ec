package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/supervisor"
)

// member is a host of a ring, and where the ring file is.
type member struct {
	file  string // the ring file; empty for the built-in ring
	ring  *config.Ring
	self  int
	trust *trust.Trust // the certificates of the host; nil with tls.mode off
	port  uint16       // client port instead of that of the ring file; 0 is none
}

// What to do if no ring file is found.
const (
	byFlag     = "give --config FILE, or -T for the built-in ring on loopback" // zog run, zog verify
	byArgument = "give FILE"                                                   // zog config
	byFlagOnly = "give --config FILE"                                          // zog tls
)

// findRing reads the named ring file, or the one in the usual places. Errors are usage
// errors. If there is no ring file, the error says how to give one.
func findRing(named, give string) (file string, ring *config.Ring, err error) {
	file, ring, err = cli.FindRing(named)
	if errors.Is(err, cli.ErrNoRing) {
		err = cli.Usage(fmt.Errorf("%w: %s; zog config init zog.yaml makes one to start from", err, give))
	}
	return file, ring, err
}

// options returns the options to start the host. of is the number of hosts in this process.
func (m *member) options(log logrus.FieldLogger, cancel <-chan struct{}, of int) supervisor.Options {
	return supervisor.Options{
		Ring: m.ring, Self: m.self, Trust: m.trust, ClientPort: m.port, Log: log, Cancel: cancel,
		Descriptors: descriptors() / of, Memory: memory() / int64(of),
		Clients: process.host(),
	}
}

// announce logs that the host takes messages, where, and how many it found in its log.
func (m *member) announce(log logrus.FieldLogger, h *supervisor.Host) {
	log.WithFields(logrus.Fields{
		"host":    h.Name(),
		"peers":   m.peers(),
		"clients": m.clients(),
		"dir":     absolute(m.ring.LogDir(h.Name())),
		"records": h.Recovery().Records,
	}).Info("taking messages")
}

// absolute returns the absolute path of a directory, if that can be determined.
func absolute(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		return whole
	}
	return dir
}

// show writes the ring file in force, and which host this is, or why that is unknown.
func (m *member) show(w io.Writer, unknown error) error {
	here := "This is " + m.describe() + "."
	if unknown != nil {
		here = "Which host this is cannot be told: " + unknown.Error() + "."
	}
	_, err := fmt.Fprintf(w, "# %s\n# %s\n\n%s", m.source(), here, m.ring.YAML())
	return err
}

// source describes where the ring comes from.
func (m *member) source() string {
	if m.file == "" {
		return "The built-in ring on loopback."
	}
	return m.file + ", with every default spelled out."
}

// describe returns one line on where the host listens and logs.
func (m *member) describe() string {
	name := m.ring.Hosts[m.self].Name
	return fmt.Sprintf("%s: peers on %s, clients on %s, logs in %s", name, m.peers(), m.clients(), m.ring.LogDir(name))
}

// peers returns the address on which the host serves peers.
func (m *member) peers() netip.AddrPort {
	return netip.AddrPortFrom(m.ring.Hosts[m.self].Address, m.ring.Ports.Peer)
}

// clients returns the address on which the host serves clients.
func (m *member) clients() netip.AddrPort {
	return netip.AddrPortFrom(m.ring.Hosts[m.self].Address, cmp.Or(m.port, m.ring.Ports.Client))
}

// identify returns which host of the ring this machine is.
func identify(ring *config.Ring, name string) (int, error) {
	// If these fail, the error of Identify lists the names to choose from.
	hostname, _ := os.Hostname()
	return ring.Identify(name, hostname, ownAddresses())
}

// here returns the hosts of a ring that are on this machine.
func here(ring *config.Ring) (hosts []int) {
	if self, err := identify(ring, ""); err == nil {
		return []int{self}
	}
	own := ownAddresses()
	for i, h := range ring.Hosts {
		if h.Address.IsLoopback() || slices.Contains(own, h.Address) {
			hosts = append(hosts, i)
		}
	}
	return hosts
}

// ownAddresses returns the addresses of this machine, as far as they can be told.
func ownAddresses() (own []netip.Addr) {
	interfaces, _ := net.InterfaceAddrs()
	for _, a := range interfaces {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr())
		}
	}
	return own
}
