package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/netns"
	"xlattice.org/zog/ringtest/chaos"
)

// trial is one run of the program.
type trial struct {
	*settings
	out, progress io.Writer
	dir           string
	ring          *config.Ring
	file          string // the ring file of all processes
	net           *network
	hosts         []*host
	clients       *daemons.Process
	schedule      chaos.Schedule
	fired         map[int]bool  // the steps that have happened
	waited        time.Duration // how long the clock of the schedule stood still
	settled       time.Duration // how long the logs took to become equal; 0 if they did not
	report        *check.Report
	violations    []error
}

// run runs the program in a directory of its own.
func run(ctx context.Context, s *settings, out, progress io.Writer) error {
	t := &trial{settings: s, out: out, progress: progress, fired: map[int]bool{}}
	if err := t.read(); err != nil {
		return cli.Usage(err)
	}
	var err error
	if t.dir, err = os.MkdirTemp("", "zog-chaos-"); err != nil {
		return err
	}
	err = t.inNamespaces(ctx)
	if t.keep || err != nil && ctx.Err() == nil && !errors.Is(err, netns.ErrSkipped) {
		fmt.Fprintf(out, "logs, diagnostics and the record are kept in %s\n", t.dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(t.dir))
}

// read reads the ring file and the schedule.
func (t *trial) read() error {
	data, err := os.ReadFile(t.settings.config)
	if err != nil {
		return err
	}
	if t.ring, err = config.Parse(t.settings.config, data); err != nil {
		return err
	}
	if t.copies > len(t.ring.Hosts) {
		return fmt.Errorf("--copies: from 1 to %d, the number of hosts", len(t.ring.Hosts))
	}
	if t.net, err = plan(t.ring); err != nil || t.settings.schedule == "" {
		return err
	}
	if data, err = os.ReadFile(t.settings.schedule); err != nil {
		return err
	}
	if t.schedule, err = chaos.Parse(string(data)); err != nil {
		return fmt.Errorf("%s: %w", t.settings.schedule, err)
	}
	return playable(t.schedule, len(t.ring.Hosts), allKinds)
}

// inNamespaces makes the network, runs the trial in it, and removes it.
func (t *trial) inNamespaces(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, t.net.Remove()) }()
	if err := t.net.Make(); err != nil {
		return err
	}
	if err := t.build(ctx); err != nil {
		return err
	}
	defer t.clear()
	if err := t.startHosts(ctx); err != nil {
		return err
	}
	if err := t.choose(); err != nil {
		return err
	}
	t.addViolation(t.runSchedule(ctx))
	if ctx.Err() != nil {
		return daemons.ErrInterrupted
	}
	return t.printSummary()
}

// clear kills what still runs.
func (t *trial) clear() {
	if t.clients != nil {
		t.clients.Kill()
	}
	for _, h := range t.hosts {
		h.clear()
	}
}

// build builds the daemon, unless one was given.
func (t *trial) build(ctx context.Context) (err error) {
	t.zog, err = daemons.Program(ctx, t.zog, t.dir, "zog")
	return err
}

// startHosts starts the daemons, and returns when they are connected.
func (t *trial) startHosts(ctx context.Context) error {
	files, err := daemons.New(t.dir, t.zog, t.ring)
	if err != nil {
		return err
	}
	t.file = files.File
	for i, h := range t.ring.Hosts {
		at := t.net.Hosts[i]
		t.hosts = append(t.hosts, &host{
			place: at, name: h.Name, dir: files.Dirs()[i], outputDir: t.dir,
			command: at.Inside(t.zog, "run", "--config", t.file, "--name", h.Name),
		})
		if err := t.hosts[i].launch(); err != nil {
			return err
		}
	}
	return t.await(ctx, wait{every: 10 * time.Millisecond, limit: daemons.Timeout, otherwise: "the hosts do not reach each other"}, t.connected)
}

// connected says whether all hosts take messages and have links to all others.
func (t *trial) connected() bool {
	for _, h := range t.hosts {
		if !h.ready() || h.process.Count("peer is up") < len(t.hosts)-1 {
			return false
		}
	}
	return true
}

// choose generates the schedule, unless one was given, of the kinds that are possible here.
func (t *trial) choose() error {
	kinds := t.possible()
	if t.settings.schedule != "" {
		if err := playable(t.schedule, len(t.hosts), kinds); err != nil {
			return err
		}
	} else {
		t.schedule = generate(t.seed, len(t.hosts), t.lasts, t.interval, kinds)
	}
	fmt.Fprintf(t.out, "seed %d\n\n%s\n", t.schedule.Seed, t.schedule)
	return nil
}

// possible returns the kinds of faults that are possible on this machine, and prints those that are
// not.
func (t *trial) possible() []chaos.Kind {
	kinds := realKinds
	n, err := reset(t.net.Hosts[0].To(t.net.Hosts[1]), fmt.Sprint(t.ring.Ports.Peer))
	if err == nil && n > 0 {
		kinds = append(kinds[:len(kinds):len(kinds)], withReset...)
	} else {
		fmt.Fprintf(t.progress, "NOTE: no %q, as ss -K resets %d connections here: %v\n", withReset, n, err)
	}
	if err := t.net.prepareSlow(); err == nil {
		kinds = append(kinds[:len(kinds):len(kinds)], withSlow...)
	} else {
		fmt.Fprintf(t.progress, "NOTE: no %q, as tc cannot slow a link down here: %v\n", withSlow, err)
	}
	return kinds
}

// generate returns the schedule of a seed. The only crash is kill -9, after which a disk has all
// unsynced changes.
func generate(seed uint64, hosts int, lasts, calm time.Duration, kinds []chaos.Kind) chaos.Schedule {
	s := chaos.Generate(seed, chaos.Config{
		Hosts: hosts, Lasts: lasts, Kinds: kinds, Interval: calm, Settle: max(lasts/20, time.Millisecond),
		// They can be short: takeData waits until all messages have spread.
		Spread: 5 * time.Second, Recovery: 10 * time.Second,
	})
	for i := range s.Steps {
		if s.Steps[i].Kind == chaos.Crash {
			s.Steps[i].Mode = "all"
		}
	}
	return s
}

// runSchedule runs the clients, plays the schedule, and checks the logs when all faults are healed.
func (t *trial) runSchedule(ctx context.Context) error {
	if err := t.startClients(); err != nil {
		return err
	}
	err := t.play(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	clients := t.clients
	t.clients = nil
	t.addViolation(finish(clients))
	t.addViolation(t.settle(ctx))
	for _, h := range t.hosts {
		h.stop()
	}
	for _, h := range t.hosts {
		t.addViolation(h.stopped())
	}
	return t.check()
}

// startClients starts the clients: this program, in their namespace.
func (t *trial) startClients() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	work := &traffic{file: t.file, clients: t.settings.clients, rate: t.rate, copies: t.copies}
	command := t.net.Clients.Inside(append([]string{self}, work.arguments()...)...)
	t.clients, err = daemons.Launch(t.dir, "clients", command[0], command[1:]...)
	return err
}

// settle waits until all logs are equal.
func (t *trial) settle(ctx context.Context) error {
	dirs := make([]string, len(t.hosts))
	for i, h := range t.hosts {
		dirs[i] = h.dir
	}
	began := time.Now()
	err := t.await(ctx, wait{every: 200 * time.Millisecond, limit: t.settings.settle, otherwise: "the logs do not become equal"},
		func() bool { return equal(dirs) })
	if err == nil {
		t.settled = time.Since(began)
	}
	return err
}

// check compares the logs with the record of the clients.
func (t *trial) check() error {
	file, err := os.Open(filepath.Join(t.dir, recordName))
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	record, err := check.ReadRecord(file)
	if err != nil {
		return err
	}
	names := make([]string, len(t.hosts))
	for i, h := range t.hosts {
		names[i] = h.name
	}
	c, err := check.New(record, check.Config{Hosts: names, Settled: true})
	if err != nil {
		return err
	}
	for i, h := range t.hosts {
		if err := c.Log(i).ReadDir(os.DirFS(h.dir)); err != nil {
			return err
		}
	}
	t.report = c.Report()
	return t.report.Err()
}
