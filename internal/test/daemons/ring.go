// Package daemons runs a ring of real zog daemons on this machine, each a
// process of its own, for the programs that show and test such a ring:
// ringtest/cmd/demo, ringtest/cmd/soak, ringtest/cmd/silence and ringtest/cmd/attack.
//
//	r, err := daemons.New(dir, "bin/zog", config.Loopback(5))
//	defer r.Clear()          // nothing is left running
//	err = r.Start(ctx, 0)    // returns when host 0 takes messages
//	r.Kill(0)                // kill -9
//
// What it waits for it looks for again and again, in what a daemon says and for
// at most [Patience]; and it gives up when a daemon has ended by itself.
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

// Timeout is how long a thing that takes a moment may take.
const Timeout = 20 * time.Second

// Ring is a ring of which some hosts run.
type Ring struct {
	*config.Ring
	Dir  string // where its files are
	File string // of the ring
	// Clients are programs that are to run beside the daemons.
	Clients []*Process
	// Flags are further ones of `zog run`.
	Flags []string
	// Inside returns the command line that runs a program where host i is; nil
	// runs all hosts in the network of this process.
	Inside func(i int, command ...string) []string

	zog   string     // the program
	hosts []*Process // nil where none runs
}

// New returns a ring of which nothing runs yet. Its logs, and its ring file,
// which it writes, are in dir.
func New(dir, zog string, ring *config.Ring) (*Ring, error) {
	ring.Log.Dir = filepath.Join(dir, "{name}")
	r := &Ring{
		Ring: ring, Dir: dir, File: filepath.Join(dir, "zog.yaml"),
		zog: zog, hosts: make([]*Process, len(ring.Hosts)),
	}
	return r, os.WriteFile(r.File, ring.YAML(), 0o644)
}

// OnlyDefaults writes the ring file anew, with nothing in it but names,
// addresses, ports and log directories: each program has its own defaults, and
// one that is older than a key can read the file.
func (r *Ring) OnlyDefaults() error {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nring: %s\nhosts:\n", r.Ring.Ring)
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, "  - {name: %s, address: %s}\n", h.Name, h.Address)
	}
	fmt.Fprintf(&b, "ports: {peer: %d, client: %d}\nlog: {dir: %q}\n", r.Ports.Peer, r.Ports.Client, r.Log.Dir)
	return os.WriteFile(r.File, []byte(b.String()), 0o644)
}

// Name is what host i is called.
func (r *Ring) Name(i int) string { return r.Hosts[i].Name }

// Names lists the hosts.
func (r *Ring) Names() []string {
	names := make([]string, len(r.Hosts))
	for i := range names {
		names[i] = r.Name(i)
	}
	return names
}

// Dirs lists the log directories of the hosts.
func (r *Ring) Dirs() []string {
	dirs := r.Names()
	for i, name := range dirs {
		dirs[i] = r.LogDir(name)
	}
	return dirs
}

// Launch starts host i, and does not wait for anything.
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

// Ready tells whether host i takes messages.
func (r *Ring) Ready(i int) bool { return r.hosts[i] != nil && r.hosts[i].Count("taking messages") > 0 }

// Start starts host i, and returns when it takes messages.
func (r *Ring) Start(ctx context.Context, i int) error {
	if err := r.Launch(i); err != nil {
		return err
	}
	return r.Await(ctx, r.Name(i)+" does not come up", func() bool { return r.Ready(i) })
}

// AwaitLinks returns when each host has a connection to each other.
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

// Kill ends hosts with SIGKILL, all at once.
func (r *Ring) Kill(hosts ...int) {
	for _, i := range hosts {
		_ = r.hosts[i].cmd.Process.Kill() // fails only if it has ended
	}
	for _, i := range hosts {
		<-r.hosts[i].ended
		r.hosts[i] = nil
	}
}

// Stop ends host i with SIGTERM. An exit code that is not 0 is an error.
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

// Await returns when a condition holds. It gives up after a while, and when a
// program has ended that should not have.
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

// ErrInterrupted says that the context has ended while something was awaited.
var ErrInterrupted = errors.New("interrupted")

// Ended returns an error when a program has ended by itself.
func (r *Ring) Ended() error {
	for _, p := range r.running() {
		if p.Over() {
			return fmt.Errorf("%s has ended: %s", p, strings.TrimSpace(p.LastLine()))
		}
	}
	return nil
}

// Clear kills whatever still runs.
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
