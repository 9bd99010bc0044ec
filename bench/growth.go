package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/zog"
	"xlattice.org/zog/internal/cli"
)

const growthHelp = `Do the same work with more and more of one thing, and tell what it costs.

The work is that of compare's flood, with fewer messages. What grows is one of
  hosts    3, 5, 9, 17, 33; each writes its log, so the same disk and processors do more
  texts    32, 48, 128, 500 bytes
  clients  1, 10, 100, 1,000 connections, which share 16,384 messages under way
With --prior, zog also does it with a log of so many GiB that is there before.`

// dimension is one number of the work that grows.
type dimension struct {
	name, about string
	values      []int
	set         func(w *system.Work, value int)
}

var dimensions = []dimension{
	{"hosts", "more hosts on one machine", []int{3, 5, 9, 17, 33}, func(w *system.Work, n int) {
		w.Hosts = n
		w.Messages = max(1, w.Messages*5/max(5, n)) // the lines of all logs together stay the same
	}},
	{"texts", "bytes of a text", []int{32, 48, 128, 500}, func(w *system.Work, n int) { w.Text = n }},
	{"clients", "connections that send to the first host", []int{1, 10, 100, 1000}, func(w *system.Work, n int) {
		w.Clients = n
		w.Window = max(2, window/n)
	}},
}

func newGrowth() *cobra.Command {
	r, names, messages, prior := &runs{}, []string(nil), 0, 0
	cmd := &cobra.Command{
		Use: "growth", Short: "Do the same with more hosts, longer texts, more clients", Long: growthHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			picked, err := pickDimensions(names)
			if err != nil || messages < 1 || prior < 0 {
				return cli.Usage(cmp.Or(err, errors.New("--messages must be over 0, and --prior not under it")))
			}
			return r.do(cmd, report.PartGrowth, func(ctx context.Context) error { return r.growth(ctx, picked, messages, prior) })
		},
	}
	r.flags(cmd, 5, "relay", "zog")
	all := []string(nil)
	for _, d := range dimensions {
		all = append(all, d.name)
	}
	cmd.Flags().StringSliceVar(&names, "of", all, "what is to grow")
	cmd.Flags().IntVar(&messages, "messages", 500_000, "how many are counted")
	cmd.Flags().IntVar(&prior, "prior", 0, "`GIB` of log that zog's hosts have before; takes long, and as much disk")
	return cmd
}

func pickDimensions(names []string) (picked []dimension, err error) {
	for _, name := range names {
		i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("nothing that grows is called %q", name)
		}
		picked = append(picked, dimensions[i])
	}
	return picked, nil
}

func (r *runs) growth(ctx context.Context, picked []dimension, messages, prior int) error {
	r.results.Growth = nil
	for _, d := range picked {
		table := &report.Growth{Name: d.name, About: d.about}
		for _, value := range d.values {
			w := usual(system.Work{Messages: messages, Window: window, Copies: 1})
			d.set(&w, value)
			if err := r.point(ctx, table, fmt.Sprint(value), w); err != nil {
				return err
			}
		}
		r.results.Growth = append(r.results.Growth, table)
		if err := table.Text(r.out); err != nil {
			return err
		}
	}
	if prior == 0 {
		return nil
	}
	return r.withPrior(ctx, messages, prior)
}

// point measures one value, with all systems.
func (r *runs) point(ctx context.Context, table *report.Growth, value string, w system.Work) error {
	p := &report.Point{Value: value}
	table.Points = append(table.Points, p)
	return r.throughput(ctx, table.Name+" "+value, w, p.Of)
}

// withPrior measures zog without and with a log that is there before.
func (r *runs) withPrior(ctx context.Context, messages, gib int) error {
	need := int64(gib)<<30 + 10<<30 // and what a run writes
	var disk unix.Statfs_t
	if err := unix.Statfs(r.dir, &disk); err != nil {
		return err
	}
	if has := int64(disk.Bavail) * disk.Bsize; has < need {
		fmt.Fprintf(r.said, "SKIPPED: a log of %d GiB wants %d GiB of disk at %s, and there are %d\n", gib, need>>30, filepath.Dir(r.dir), has>>30)
		return nil
	}
	if !slices.Contains(r.names, "zog") {
		return errors.New("--prior is about zog, which is not among the systems")
	}
	only, err := system.Find("zog")
	if err != nil {
		return err
	}
	all := r.systems
	r.systems = []system.System{only}
	defer func() { r.systems, zog.Prior = all, "" }()
	dir := filepath.Join(r.dir, "prior")
	lines, err := zog.WritePrior(dir, int64(gib)<<30)
	if err != nil {
		return err
	}
	table := &report.Growth{Name: "log before", About: fmt.Sprintf("what was in the logs already, here %d messages", lines)}
	for _, value := range []string{"nothing", fmt.Sprintf("%d GiB", gib)} {
		if zog.Prior = ""; strings.HasSuffix(value, "GiB") {
			zog.Prior = dir
		}
		w := usual(system.Work{Messages: messages, Window: window, Copies: 1})
		if err := r.point(ctx, table, value, w); err != nil {
			return err
		}
	}
	r.results.Growth = append(r.results.Growth, table)
	return table.Text(r.out)
}
