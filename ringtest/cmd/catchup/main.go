// Command catchup measures what it costs when a host was away: one of five real daemons is stopped
// while the others take a million messages, and started again. It prints how long it takes until the
// host's log is complete, how much memory all five use, and the latency of live traffic.
//
//	go run ./ringtest/cmd/catchup --zog bin/zog --messages 1000000
//
// Its exit code is 0 only if the five logs are equal at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
)

// The roles of the hosts.
const (
	loaded = 0 // takes the messages
	probed = 1 // takes the live messages, whose answers are timed
	away   = 2
)

// settings are the flags.
type settings struct {
	zog      string
	messages int
	rate     int
	steady   time.Duration
	limit    time.Duration
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use: "catchup", Short: "Measure how a host that was away catches up",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.zog == "" || s.messages < 1 || s.rate < 1 || s.rate > 10_000 || s.steady <= 0 || s.limit <= 0 {
				return cli.Usage(errors.New("--zog must be given, and numbers and durations must be positive"))
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			ctx, cancel := context.WithTimeout(ctx, s.limit)
			defer cancel()
			return s.run(ctx, cmd.OutOrStdout())
		},
	}
	cmd.SetContext(context.Background())
	set := cmd.Flags()
	set.StringVar(&s.zog, "zog", "", "path of the daemon `PROGRAM`")
	set.IntVar(&s.messages, "messages", 1_000_000, "number of messages sent while the host is away")
	set.IntVar(&s.rate, "rate", 200, "live messages per second, whose answers are timed")
	set.DurationVar(&s.steady, "steady", 5*time.Second, "how long live messages are timed before and after")
	set.DurationVar(&s.limit, "limit", 5*time.Minute, "time limit")
	return cmd
}

// run runs the program in a directory of its own, and removes it.
func (s *settings) run(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "zog-catchup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := config.Loopback(5)
	if err := daemons.FreePorts(cfg); err != nil {
		return err
	}
	ring, err := daemons.New(dir, s.zog, cfg)
	if err != nil {
		return err
	}
	defer ring.Clear()
	for i := range ring.Hosts {
		if err := ring.Start(ctx, i); err != nil {
			return err
		}
	}
	if err := ring.AwaitLinks(ctx); err != nil {
		return err
	}
	return s.measure(ctx, &report{Ring: ring, out: out})
}

// measure runs the phases.
func (s *settings) measure(ctx context.Context, r *report) error {
	probe, err := startProbe(ctx, r.Ring, s.rate)
	if err != nil {
		return err
	}
	defer probe.stop()
	if err := pause(ctx, s.steady); err != nil {
		return err
	}
	r.phase("all are up", probe.take())
	if err := r.Stop(away); err != nil {
		return err
	}
	began := time.Now()
	if err := send(ctx, r.Ring, s.messages); err != nil {
		return err
	}
	r.printf("%d messages in %v while %s is away", s.messages, time.Since(began).Round(time.Millisecond), r.Name(away))
	r.phase("meanwhile", probe.take())
	if err := pause(ctx, s.steady); err != nil {
		return err
	}
	r.phase("one is away", probe.take())
	if err := s.comeBack(ctx, r, probe); err != nil {
		return err
	}
	if err := pause(ctx, s.steady); err != nil {
		return err
	}
	r.phase("all are up again", probe.take())
	probe.stop()
	return r.compare(ctx)
}

// comeBack starts the host that was away, and waits until its log is as long as another's.
func (s *settings) comeBack(ctx context.Context, r *report, probe *probe) error {
	began := time.Now()
	if err := r.Start(ctx, away); err != nil {
		return err
	}
	ready, lacking := time.Since(began), r.size(probed)-r.size(away)
	for r.size(away) < r.size(probed)-slack {
		r.memory()
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	took := time.Since(began)
	r.phase("catching up", probe.take())
	r.printf("%s takes messages %v after its start, and is complete after %v: %.0f messages a second, %.0f MB a second",
		r.Name(away), ready.Round(time.Millisecond), took.Round(time.Millisecond),
		float64(s.messages)/took.Seconds(), float64(lacking)/took.Seconds()/1e6)
	return nil
}

// slack is how many bytes of live traffic may be under way.
const slack = 2000

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return errors.New("interrupted, or the time is up")
	}
}

// report prints the measurements.
type report struct {
	*daemons.Ring
	out  io.Writer
	most [5]int
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// phase prints the latency of live traffic, and the memory of the hosts.
func (r *report) phase(name string, t times) {
	r.memory()
	r.printf("%-16s live: %v; memory, most so far (MiB): %v", name, t, r.mebibytes())
}

func (r *report) memory() {
	for i := range r.most {
		r.most[i] = max(r.most[i], r.Memory(i))
	}
}

func (r *report) mebibytes() (all []int) {
	for _, m := range r.most {
		all = append(all, m>>20)
	}
	return all
}

// size returns the number of bytes in the log of host i.
func (r *report) size(i int) (total int64) {
	files, _ := filepath.Glob(filepath.Join(r.Dirs()[i], "access.log*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			total += info.Size()
		}
	}
	return total
}

// compare waits until all logs are equally long, and compares them.
func (r *report) compare(ctx context.Context) error {
	if err := r.Await(ctx, "the logs do not become equal", r.equallyLong); err != nil {
		return err
	}
	names := make([]string, len(r.Hosts))
	for i := range names {
		names[i] = r.Name(i)
	}
	record := new(check.Record)
	c, err := check.New(record, check.Config{Hosts: names, Settled: true})
	if err != nil {
		return err
	}
	for i, dir := range r.Dirs() {
		if err := c.Log(i).ReadDir(os.DirFS(dir)); err != nil {
			return err
		}
	}
	found := c.Report()
	for _, k := range []check.Kind{check.Duplicated, check.Reordered, check.Differing, check.Malformed, check.Uneven} {
		if n := found.Count(k); n > 0 {
			return fmt.Errorf("the logs are not correct: %s", found)
		}
	}
	r.printf("the five logs are equal")
	return nil
}

func (r *report) equallyLong() bool {
	for i := range r.Hosts {
		if r.size(i) != r.size(loaded) {
			return false
		}
	}
	return true
}
