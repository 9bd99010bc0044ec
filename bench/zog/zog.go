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
	"xlattice.org/zog/internal/daemons"
)

// Program is the daemon. [Build] makes one where none is given.
var Program string

func init() { system.Register(zog{}) }

// zog implements [system.System].
type zog struct{}

// Name implements [system.System].
func (zog) Name() string { return "zog" }

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
func (zog) Start(ctx context.Context, dir string, w system.Work) (system.Cluster, error) {
	ring := config.Loopback(w.Hosts)
	ring.Log.Dir = filepath.Join(dir, "{name}")
	ring.Log.Fsync = config.FsyncNever
	if w.Sync {
		ring.Log.Fsync = config.FsyncAlways
	}
	if err := daemons.FreePorts(ring); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "zog.yaml")
	if err := os.WriteFile(file, ring.YAML(), 0o644); err != nil {
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

// Ready starts one host by itself, below dir, and returns how long it took from then
// until it took messages, to a millisecond.
func Ready(ctx context.Context, dir string) (took time.Duration, err error) {
	own, err := os.MkdirTemp(dir, "alone-")
	if err != nil {
		return 0, err
	}
	ring := config.Loopback(5)
	ring.Log.Dir = filepath.Join(own, "{name}")
	if err := daemons.FreePorts(ring); err != nil {
		return 0, err
	}
	file := filepath.Join(own, "zog.yaml")
	if err := os.WriteFile(file, ring.YAML(), 0o644); err != nil {
		return 0, err
	}
	program, err := filepath.Abs(Program)
	if err != nil {
		return 0, err
	}
	hosts := peer.NewCluster(own, system.Work{Hosts: 1})
	defer func() { err = errors.Join(err, hosts.Stop()) }()
	began := time.Now()
	p, err := hosts.Start(0, program, "run", "--config", file, "--name", ring.Hosts[0].Name)
	if err != nil {
		return 0, err
	}
	err = p.Await(ctx, "taking messages", func() bool { return p.Says("taking messages") })
	return time.Since(began), err
}

// run starts the daemons, and waits until all are connected with all.
func (c *cluster) run(ctx context.Context, file string) error {
	program, err := filepath.Abs(Program)
	if err != nil {
		return err
	}
	var all []*peer.Process
	for i, h := range c.ring.Hosts {
		p, err := c.Cluster.Start(i, program, "run", "--config", file, "--name", h.Name)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	for _, p := range all {
		err := p.Await(ctx, "taking messages", func() bool { return p.Says("taking messages") })
		if err != nil {
			return err
		}
		connected := func() bool { return p.Count("peer is up") >= len(all)-1 }
		if err := p.Await(ctx, "connected with the others", connected); err != nil {
			return err
		}
	}
	return nil
}
