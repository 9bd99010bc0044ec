package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"xlattice.org/zog/bench/system"
)

// Cluster is a peer that runs: a [system.Cluster].
type Cluster struct {
	Dir       string   // where all of it is kept
	Addresses []string // for the clients, who take them in turn
	Text      int      // bytes of a line

	processes [][]*Process // by host
}

// NewCluster returns one of which nothing runs yet.
func NewCluster(dir string, w system.Work) *Cluster {
	return &Cluster{Dir: dir, Text: w.Text, processes: make([][]*Process, w.Hosts)}
}

// HostDir is the directory of a host; it is made if need be.
func (c *Cluster) HostDir(host int) (string, error) {
	dir := filepath.Join(c.Dir, fmt.Sprintf("host%d", host+1))
	return dir, os.MkdirAll(dir, 0o755)
}

// Log is the file for the texts of a host.
func (c *Cluster) Log(host int) string {
	return filepath.Join(c.Dir, fmt.Sprintf("host%d", host+1), "access.log")
}

// Start starts a program on a host.
func (c *Cluster) Start(host int, program string, args ...string) (*Process, error) {
	dir, err := c.HostDir(host)
	if err != nil {
		return nil, err
	}
	p, err := Start(dir, filepath.Base(program), program, args...)
	if err == nil {
		c.processes[host] = append(c.processes[host], p)
	}
	return p, err
}

// StartNode starts the benchmark's own binary on a host, as a node of the given
// system, that is told config.
func (c *Cluster) StartNode(host int, system string, config any) (*Process, error) {
	told, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return c.Start(host, self, "node", system, string(told))
}

// Await waits until all nodes among the processes have said that they are ready.
func (c *Cluster) Await(ctx context.Context) error {
	for _, host := range c.processes {
		for _, p := range host {
			if len(p.cmd.Args) < 2 || p.cmd.Args[1] != "node" {
				continue
			}
			if err := p.Await(ctx, ready, func() bool { return p.Says(ready) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// Address implements [system.Cluster].
func (c *Cluster) Address(client int) string { return c.Addresses[client%len(c.Addresses)] }

// Processes implements [system.Cluster].
func (c *Cluster) Processes() [][]int {
	pids := make([][]int, len(c.processes))
	for host, processes := range c.processes {
		for _, p := range processes {
			pids[host] = append(pids[host], p.Pid())
		}
	}
	return pids
}

// Count tells how often all processes together have said a word.
func (c *Cluster) Count(word string) (count int) {
	for _, host := range c.processes {
		for _, p := range host {
			count += p.Count(word)
		}
	}
	return count
}

// Logs implements [system.Cluster].
func (c *Cluster) Logs(host int) []string { return []string{c.Log(host)} }

// LineBytes implements [system.Cluster].
func (c *Cluster) LineBytes(first, last int) int64 { return int64(last-first+1) * int64(c.Text) }

// Stop implements [system.Cluster].
func (c *Cluster) Stop() error {
	var all sync.WaitGroup
	for _, host := range c.processes {
		for _, p := range host {
			all.Go(p.stop)
		}
	}
	all.Wait()
	return nil
}
