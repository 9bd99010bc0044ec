package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/sender"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/trial"
	"xlattice.org/zog/internal/cli"
)

const latencyHelp = `Send messages by the clock, and tell how long each took.

Message i is due i/rate after the first one, and its time counts from then, also when
it could not be sent so early: who is slow for a moment makes those late that wait
meanwhile. It counts once until the client has the acknowledgement, and once until the
last of the five hosts has the line in its log. The logs are watched with inotify.

The quantiles are over all turns together.`

// demand is one kind of acknowledgement.
type demand struct {
	about  string
	copies int
	sync   bool
}

// at is what a work is called that asks for this, at so many messages a second.
func (d demand) at(rate float64) string { return fmt.Sprintf("%.0f/s, %s", rate, d.about) }

// defaultRates are in messages a second.
var defaultRates = []float64{200, 5000}

var demands = []demand{
	{"acknowledged by the first host, not synced", 1, false},
	{"acknowledged when synced on all hosts", 5, true},
}

func newLatency() *cobra.Command {
	r, rates, lasts := &runs{}, []float64(nil), time.Duration(0)
	cmd := &cobra.Command{
		Use: "latency", Short: "Send messages by the clock, and tell how long each took", Long: latencyHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, rate := range rates {
				if rate <= 0 || rate*lasts.Seconds() < 1 {
					return cli.Usage(errors.New("--rates and --lasts must be so that something is sent"))
				}
			}
			return r.do(cmd, report.PartLatency, func(ctx context.Context) error { return r.latencies(ctx, rates, lasts) })
		},
	}
	r.flags(cmd, 5, "relay", "zog")
	cmd.Flags().Float64SliceVar(&rates, "rates", defaultRates, "messages a second")
	cmd.Flags().DurationVar(&lasts, "lasts", 5*time.Second, "how long a turn is")
	return cmd
}

func (r *runs) latencies(ctx context.Context, rates []float64, lasts time.Duration) error {
	r.results.Latency = nil
	for _, d := range demands {
		for _, rate := range rates {
			l := &report.Latency{About: d.at(rate), Rate: rate}
			w := usual(system.Work{
				Messages: int(rate * lasts.Seconds()), Rate: rate, Window: window, Copies: d.copies, Sync: d.sync,
			})
			if err := r.latency(ctx, l, w); err != nil {
				return err
			}
			r.results.Latency = append(r.results.Latency, l)
			if err := l.Text(r.out); err != nil {
				return err
			}
		}
	}
	return nil
}

// latency gives each system its turns at one rate.
func (r *runs) latency(ctx context.Context, l *report.Latency, w system.Work) error {
	sums, p99s := map[string]*trial.Times{}, map[string][]float64{}
	turn := func(s system.System) error {
		times, err := trial.Latency(ctx, s, r.dir, w)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.said, "in all logs after %v in the middle\n", time.Duration(times.Logged.ValueAtQuantile(50)))
		sum := sums[s.Name()]
		if sum == nil {
			sum = &trial.Times{Acked: sender.NewHistogram(), Logged: sender.NewHistogram()}
			sums[s.Name()] = sum
		}
		sum.Acked.Merge(times.Acked)
		sum.Logged.Merge(times.Logged)
		p99s[s.Name()] = append(p99s[s.Name()], micros(times.Logged.ValueAtQuantile(99)))
		return nil
	}
	skipped := map[string]string{}
	if err := r.inTurns(ctx, l.About, turn, func(name, why string) { skipped[name] = why }); err != nil {
		return err
	}
	for _, s := range r.systems {
		series := &report.LatencySeries{System: s.Name(), Skipped: skipped[s.Name()]}
		if sum := sums[s.Name()]; series.Skipped == "" {
			series.Acked, series.Logged = quantiles(sum.Acked), quantiles(sum.Logged)
			series.LoggedP99 = p99s[s.Name()]
		}
		l.Series = append(l.Series, series)
	}
	return nil
}

// quantiles returns those that are told, in microseconds.
func quantiles(h *hdrhistogram.Histogram) report.Quantiles {
	at := func(q float64) float64 { return micros(h.ValueAtQuantile(q)) }
	return report.Quantiles{Count: h.TotalCount(), P50: at(50), P99: at(99), P999: at(99.9), Max: micros(h.Max())}
}

func micros(nanoseconds int64) float64 { return math.Round(float64(nanoseconds)/100) / 10 }
