package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"xlattice.org/zog/internal/plural"
)

const benchType = "bench"

// benchResult is the result of a benchmark, as it is printed.
type benchResult struct {
	Type     string  `json:"type"` // benchType
	Run      string  `json:"run"`  // the texts begin with sprog-bench and this
	Clients  int     `json:"clients"`
	InFlight int     `json:"in_flight"` // for each client
	Size     int     `json:"size"`      // bytes of a text
	Copies   int     `json:"copies"`
	Wanted   float64 `json:"rate_wanted,omitempty"` // --rate
	tally
	Bytes       float64   `json:"bytes_per_second"` // of texts that were acknowledged
	Missed      int       `json:"missed"`           // messages that were due and not sent
	Interrupted bool      `json:"interrupted"`
	From        string    `json:"latency_from"` // from when latencies count: "due", or without a rate "sent"
	Latency     latencies `json:"latency_ms"`
}

// latencies are those of the acknowledged messages, in milliseconds.
type latencies struct {
	Least float64 `json:"min"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	P9999 float64 `json:"p99_99"`
	Most  float64 `json:"max"`
	none  bool
}

// latenciesOf returns the latencies in a histogram of nanoseconds.
func latenciesOf(h *hdrhistogram.Histogram) latencies {
	at := func(percentile float64) float64 { return milliseconds(h.ValueAtPercentile(percentile)) }
	return latencies{
		Least: milliseconds(h.Min()), Mean: milliseconds(int64(h.Mean())), P50: at(50), P90: at(90), P99: at(99),
		P999: at(99.9), P9999: at(99.99), Most: milliseconds(h.Max()), none: h.TotalCount() == 0,
	}
}

func milliseconds(nanos int64) float64 {
	return float64(time.Duration(nanos).Round(time.Microsecond).Microseconds()) / 1000
}

// result returns the result. It is called when all clients have ended.
func (r *benchRun) result() *benchResult {
	v := &benchResult{
		Type: benchType, Run: r.name, Clients: r.clients, InFlight: r.inFlight, Size: r.size, Copies: r.set.copies,
		Wanted: r.rate, From: "sent", Interrupted: !r.stopped.IsZero(),
	}
	if r.rate > 0 {
		v.From = "due"
	}
	until := time.Since(r.began)
	if v.Interrupted {
		until = r.stopped.Sub(r.began)
	}
	v.Hosts = []string{}
	all, last := newHistogram(), time.Duration(0)
	for _, l := range r.loaders {
		all.Merge(l.latency)
		v.merge(&l.tally)
		v.Missed += r.load.Missed(l.number, l.sent, until)
		last = max(last, l.last)
	}
	v.setElapsed(last)
	v.Bytes = v.Rate * float64(r.size)
	v.Latency = latenciesOf(all)
	return v
}

// text returns the result as a table.
func (v *benchResult) text() string {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-10s%s\n", name, value) }
	pace := "as fast as answers come"
	if v.Wanted > 0 {
		pace = fmt.Sprintf("%g a second wanted", v.Wanted)
	}
	row("bench", fmt.Sprintf("%s: %s, %d in flight each, texts of %d bytes, %s, %s", v.Run, plural.Of(v.Clients, "client"),
		v.InFlight, v.Size, copies(v.Copies, 0), pace))
	row("result", fmt.Sprintf("%s, %.2f MB a second", v.tally.text(), v.Bytes/1e6))
	if v.Missed > 0 {
		row("missed", fmt.Sprintf("%s due and not sent: the rate was not kept", plural.Of(v.Missed, "message")))
	}
	if v.Interrupted {
		row("stopped", "by a signal, before its end")
	}
	if v.Latency.none {
		row("latency", "unknown, as nothing was acknowledged")
		return strings.TrimSuffix(b.String(), "\n")
	}
	v.Latency.table(&b, "latency")
	row("", "from when a message was "+v.From+" to its answer")
	return strings.TrimSuffix(b.String(), "\n")
}

// table writes the latencies as two rows.
func (l *latencies) table(b *strings.Builder, name string) {
	heads := []string{"min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"}
	values := []float64{l.Least, l.Mean, l.P50, l.P90, l.P99, l.P999, l.P9999, l.Most}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%-8s\t%s\n", name, strings.Join(heads, "\t"))
	for i, v := range values {
		heads[i] = short(time.Duration(v * float64(time.Millisecond)))
	}
	fmt.Fprintf(w, "%-8s\t%s\n", "", strings.Join(heads, "\t"))
	_ = w.Flush() // a strings.Builder takes everything
}
