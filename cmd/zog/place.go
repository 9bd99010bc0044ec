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

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/supervisor"
)

// place is a host's place in a ring.
type place struct {
	file string // where the ring was read; empty if it is built in
	ring *config.Ring
	self int
	port uint16 // for clients, instead of the ring's; 0 means the ring's
}

// How a command is told of a ring, where it finds no ring file.
const (
	byFlag     = "give --config FILE, or -T for the built-in ring on loopback" // zog run, zog verify
	byArgument = "give FILE"                                                   // zog config
)

// findRing reads the ring file that is named, or else the one in the usual
// place. The error is a usage error. Where there is none it says how to give one.
func findRing(named, give string) (file string, ring *config.Ring, err error) {
	file, ring, err = cli.FindRing(named)
	if errors.Is(err, cli.ErrNoRing) {
		err = cli.Usage(fmt.Errorf("%w: %s; zog config init zog.yaml makes one to start from", err, give))
	}
	return file, ring, err
}

// options are those to start the host with, one of so many in this process.
func (p *place) options(log logrus.FieldLogger, cancel <-chan struct{}, of int) supervisor.Options {
	return supervisor.Options{
		Ring: p.ring, Self: p.self, ClientPort: p.port, Log: log, Cancel: cancel,
		Descriptors: descriptors() / of, Memory: memory() / int64(of),
	}
}

// announce says that the host takes messages, where, and what it found there.
func (p *place) announce(log logrus.FieldLogger, h *supervisor.Host) {
	log.WithFields(logrus.Fields{
		"host":    h.Name(),
		"peers":   p.peers(),
		"clients": p.clients(),
		"dir":     absolute(p.ring.LogDir(h.Name())),
		"records": h.Recovery().Records,
	}).Info("taking messages")
}

// absolute is a directory by its whole name, so that it is found from elsewhere.
func absolute(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		return whole
	}
	return dir
}

// show writes the ring file that is in force, and which of its hosts is here,
// or why that is not known.
func (p *place) show(w io.Writer, unknown error) error {
	here := "This is " + p.describe() + "."
	if unknown != nil {
		here = "Which host this is cannot be told: " + unknown.Error() + "."
	}
	_, err := fmt.Fprintf(w, "# %s\n# %s\n\n%s", p.source(), here, p.ring.YAML())
	return err
}

// source says in a few words where the ring is from.
func (p *place) source() string {
	if p.file == "" {
		return "The built-in ring on loopback."
	}
	return p.file + ", with every default spelled out."
}

// describe says in one line what the host listens on and where it logs.
func (p *place) describe() string {
	name := p.ring.Hosts[p.self].Name
	return fmt.Sprintf("%s: peers on %s, clients on %s, logs in %s", name, p.peers(), p.clients(), p.ring.LogDir(name))
}

// peers returns where the host listens for peers.
func (p *place) peers() netip.AddrPort {
	return netip.AddrPortFrom(p.ring.Hosts[p.self].Address, p.ring.Ports.Peer)
}

// clients returns where the host listens for clients.
func (p *place) clients() netip.AddrPort {
	return netip.AddrPortFrom(p.ring.Hosts[p.self].Address, cmp.Or(p.port, p.ring.Ports.Client))
}

// identify finds out which host of the ring this machine is.
func identify(ring *config.Ring, name string) (int, error) {
	// What cannot be found out identifies nobody; the error lists the names.
	hostname, _ := os.Hostname()
	interfaces, _ := net.InterfaceAddrs()
	var own []netip.Addr
	for _, a := range interfaces {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr())
		}
	}
	return ring.Identify(name, hostname, own)
}
