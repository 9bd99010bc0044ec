// Package daemons runs a ring of real zog daemons on this machine, each in a process of its own, for
// the programs in ringtest/cmd.
//
//	r, err := daemons.New(dir, "bin/zog", config.Loopback(5))
//	defer r.Clear()          // nothing is left running
//	err = r.Start(ctx, 0)    // returns when host 0 takes messages
//	r.Kill(0)                // kill -9
//
// It waits by polling the output of the daemons, for at most [Timeout]. A daemon that ends by itself
// is an error.
package daemons

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"xlattice.org/zog/internal/config"
)

// Timeout limits each wait.
const Timeout = 20 * time.Second

// Ring is a ring of daemons. It is for one goroutine.
type Ring struct {
	*config.Ring
	Dir  string // directory of its files
	File string // path of the ring file
	// Clients are other programs. Await fails when one ends, and Clear kills them.
	Clients []*Process
	// Flags are further flags of `zog run`.
	Flags []string
	// Inside returns the command line that runs a program in the namespace of host i; nil runs all
	// hosts in the network of this process.
	Inside func(i int, command ...string) []string

	zog   string     // the program
	hosts []*Process // nil for a host that does not run
}

// New returns a ring with its logs in dir, and writes its ring file there. It starts no host.
func New(dir, zog string, ring *config.Ring) (*Ring, error) {
	ring.Log.Dir = filepath.Join(dir, "{name}")
	r := &Ring{
		Ring: ring, Dir: dir, File: filepath.Join(dir, "zog.yaml"),
		zog: zog, hosts: make([]*Process, len(ring.Hosts)),
	}
	return r, os.WriteFile(r.File, ring.YAML(), 0o644)
}

// OnlyDefaults writes the ring file again, with nothing but names, addresses, ports and log
// directories: each program uses its own defaults, and an older program can read the file.
func (r *Ring) OnlyDefaults() error {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nring: %s\nhosts:\n", r.Ring.Ring)
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, "  - {name: %s, address: %s}\n", h.Name, h.Address)
	}
	fmt.Fprintf(&b, "ports: {peer: %d, client: %d}\nlog: {dir: %q}\n", r.Ports.Peer, r.Ports.Client, r.Log.Dir)
	return os.WriteFile(r.File, []byte(b.String()), 0o644)
}

// Name returns the name of host i.
func (r *Ring) Name(i int) string { return r.Hosts[i].Name }

// Names returns the names of the hosts.
func (r *Ring) Names() []string {
	names := make([]string, len(r.Hosts))
	for i := range names {
		names[i] = r.Name(i)
	}
	return names
}

// Dirs returns the log directories of the hosts.
func (r *Ring) Dirs() []string {
	dirs := r.Names()
	for i, name := range dirs {
		dirs[i] = r.LogDir(name)
	}
	return dirs
}

// Launch starts host i, and does not wait until it is ready.
func (r *Ring) Launch(i int) error {
	command := append([]string{r.zog, "run", "--config", r.File, "--name", r.Name(i)}, r.Flags...)
	if r.Inside != nil {
		command = r.Inside(i, command...)
	}
	p, err := Launch(r.Dir, r.Name(i), command[0], command[1:]...)
	if err != nil {
		return err
	}
	r.hosts[i] = p
	return nil
}

// Ready says whether host i takes messages.
func (r *Ring) Ready(i int) bool { return r.hosts[i] != nil && r.hosts[i].Count("taking messages") > 0 }

// Start starts host i, and returns when it takes messages.
func (r *Ring) Start(ctx context.Context, i int) error {
	if err := r.Launch(i); err != nil {
		return err
	}
	return r.Await(ctx, r.Name(i)+" does not come up", func() bool { return r.Ready(i) })
}

// AwaitLinks waits until each host is connected to each other.
func (r *Ring) AwaitLinks(ctx context.Context) error {
	for i, p := range r.hosts {
		err := r.Await(ctx, r.Name(i)+" does not reach the others", func() bool { return p.Count("peer is up") >= len(r.hosts)-1 })
		if err != nil {
			return err
		}
	}
	return nil
}

// Memory returns the bytes of memory that host i has, 0 if it does not run.
func (r *Ring) Memory(i int) int {
	if r.hosts[i] == nil {
		return 0
	}
	return r.hosts[i].Memory()
}

// Host returns the process of host i, nil if it does not run.
func (r *Ring) Host(i int) *Process { return r.hosts[i] }

// Kill kills hosts with SIGKILL, all at once, and returns when they have ended.
func (r *Ring) Kill(hosts ...int) {
	for _, i := range hosts {
		_ = r.hosts[i].cmd.Process.Kill() // fails only if it has ended
	}
	for _, i := range hosts {
		<-r.hosts[i].ended
		r.hosts[i] = nil
	}
}

// Stop stops host i with SIGTERM. An exit code other than 0 is an error.
func (r *Ring) Stop(i int) error {
	p := r.hosts[i]
	r.hosts[i] = nil
	code, err := p.Stop(syscall.SIGTERM)
	if err != nil {
		p.Kill()
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s ended with exit code %d: %s", p, code, p.LastLine())
	}
	return nil
}

// Await waits until a condition is true. It returns an error after Timeout, with otherwise as its
// text, and when a program has ended by itself.
func (r *Ring) Await(ctx context.Context, otherwise string, holds func() bool) error {
	tick, end := time.NewTicker(10*time.Millisecond), time.After(Timeout)
	defer tick.Stop()
	for !holds() {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		if err := r.Ended(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-end:
			return fmt.Errorf("%s within %v", otherwise, Timeout)
		case <-ctx.Done():
		}
	}
	return nil
}

// ErrInterrupted is the error of a wait whose context has ended.
var ErrInterrupted = errors.New("interrupted")

// Ended returns an error if a program has ended by itself.
func (r *Ring) Ended() error {
	for _, p := range r.running() {
		if p.Over() {
			return fmt.Errorf("%s has ended: %s", p, strings.TrimSpace(p.LastLine()))
		}
	}
	return nil
}

// Clear kills all programs that still run.
func (r *Ring) Clear() {
	for _, p := range r.running() {
		p.Kill()
	}
}

func (r *Ring) running() (all []*Process) {
	for _, p := range append(r.Clients[:len(r.Clients):len(r.Clients)], r.hosts...) {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}
