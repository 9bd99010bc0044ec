// Package zog runs zog itself: its daemon, one process a host, and its client
// package, as anybody would use them. It is in the comparison on the same terms as
// the others.
package zog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

// Program is the daemon. [Build] makes one where none is given.
var Program string

func init() {
	system.Register(zog{})
	system.Register(zog{tls: true})
}

// The names of the two systems: all is plain text, or all is TLS with certificates on both sides.
const (
	Plain   = "zog"
	WithTLS = "zog-tls"
)

// zog implements [system.System].
type zog struct {
	tls bool
}

// Name implements [system.System].
func (z zog) Name() string {
	if z.tls {
		return WithTLS
	}
	return Plain
}

// Missing implements [system.System].
func (zog) Missing() error {
	if Program == "" {
		return errors.New("no program of zog is given")
	}
	_, err := exec.LookPath(Program)
	return err
}

// Build builds the daemon of this source tree into dir, as make build does, and
// returns the program.
func Build(ctx context.Context, dir string) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "xlattice.org/zog").Output()
	if err != nil {
		return "", fmt.Errorf("where is the source of zog? Run this in its folder bench, or give --zog (%w)", err)
	}
	program := filepath.Join(dir, "zog")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/zog")
	build.Dir = strings.TrimSpace(string(module))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, said)
	}
	return program, nil
}

// Start implements [system.System]. All but the ports, the directory and what a
// message's safety asks for is as a ring file has it that says nothing.
func (z zog) Start(ctx context.Context, dir string, w system.Work) (system.Cluster, error) {
	ring, file, err := writeRing(dir, w, z.tls)
	if err != nil {
		return nil, err
	}
	if err := linkPrior(ring); err != nil {
		return nil, err
	}
	c := &cluster{Cluster: peer.NewCluster(dir, w), ring: ring, text: w.Text, sealed: make([]int, w.Hosts)}
	if err := c.run(ctx, file); err != nil {
		_ = c.Stop() // the other error tells
		return nil, err
	}
	files := c.Logs(0)
	if info, err := os.Stat(files[len(files)-1]); err == nil {
		c.begun = info.Size()
	}
	return c, nil
}

// writeRing writes a ring file into dir, where the logs are to be too, and with TLS the
// certificates.
func writeRing(dir string, w system.Work, tls bool) (ring *config.Ring, file string, err error) {
	ring = config.Loopback(w.Hosts)
	ring.Log.Dir = filepath.Join(dir, "{name}")
	ring.Log.Fsync = config.FsyncNever
	if w.Sync {
		ring.Log.Fsync = config.FsyncAlways
	}
	if err := daemons.FreePorts(ring); err != nil {
		return nil, "", err
	}
	if tls {
		ring.TLS.Mode = config.TLSRequire
		if err := writeCertificates(dir, ring); err != nil {
			return nil, "", err
		}
	}
	file = filepath.Join(dir, "zog.yaml")
	return ring, file, os.WriteFile(file, ring.YAML(), 0o644)
}

// Ready starts one host of five by itself, below dir, and returns how long it took from
// then until it took messages, to a millisecond.
func Ready(ctx context.Context, dir string) (took time.Duration, err error) {
	own, err := os.MkdirTemp(dir, "alone-")
	if err != nil {
		return 0, err
	}
	w := system.Work{Hosts: 5, Sync: true}
	ring, file, err := writeRing(own, w, false)
	if err != nil {
		return 0, err
	}
	c := &cluster{Cluster: peer.NewCluster(own, w), ring: ring}
	defer func() { err = errors.Join(err, c.Stop()) }()
	began := time.Now()
	p, err := c.start(0, file)
	if err != nil {
		return 0, err
	}
	err = ready(ctx, p)
	return time.Since(began), err
}

// start starts the daemon of a host.
func (c *cluster) start(host int, file string) (*peer.Process, error) {
	program, err := filepath.Abs(Program)
	if err != nil {
		return nil, err
	}
	return c.Cluster.Start(host, program, "run", "--config", file, "--name", c.ring.Hosts[host].Name)
}

// ready waits until a daemon takes messages.
func ready(ctx context.Context, p *peer.Process) error {
	return p.Await(ctx, "taking messages", func() bool { return p.Says("taking messages") })
}

// run starts the daemons, and waits until all are connected with all.
func (c *cluster) run(ctx context.Context, file string) error {
	var all []*peer.Process
	for i := range c.ring.Hosts {
		p, err := c.start(i, file)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	for _, p := range all {
		if err := ready(ctx, p); err != nil {
			return err
		}
		connected := func() bool { return p.Count("peer is up") >= len(all)-1 }
		if err := p.Await(ctx, "connected with the others", connected); err != nil {
			return err
		}
	}
	return nil
}
