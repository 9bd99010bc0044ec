package report

import (
	"fmt"
	"io"
	"slices"
)

// Base is whom the others are compared with.
const Base = "relay"

// withTLS is zog with TLS.
const withTLS = "zog-tls"

// Of returns the series of a system, which it adds if there is none.
func (w *Work) Of(system string) *Series { return seriesOf(&w.Series, system) }

// Of returns the series of a system, which it adds if there is none.
func (p *Point) Of(system string) *Series { return seriesOf(&p.Series, system) }

// IdleOf returns what is known of an idle system, which it adds if there is nothing.
func (r *Results) IdleOf(system string) *Idle {
	for _, i := range r.Idle {
		if i.System == system {
			return i
		}
	}
	r.Idle = append(r.Idle, &Idle{System: system})
	return r.Idle[len(r.Idle)-1]
}

func seriesOf(all *[]*Series, system string) *Series {
	if i := find(*all, system); i >= 0 {
		return (*all)[i]
	}
	*all = append(*all, &Series{System: system})
	return (*all)[len(*all)-1]
}

func find(all []*Series, system string) int {
	return slices.IndexFunc(all, func(s *Series) bool { return s.System == system })
}

// baseOf is whom the others of some series are compared with: zog where TLS is measured, else
// the relay.
func baseOf(all []*Series) string {
	if find(all, withTLS) >= 0 && find(all, Base) < 0 {
		return ours
	}
	return Base
}

// ratio returns the median of the ratios of a series to that of whom all are compared with. Each
// is from one alternation, so that a machine that is slow for a while slows both. ok is false if
// there are none.
func ratio(all []*Series, s *Series) (Spread, bool) {
	i := find(all, baseOf(all))
	if i < 0 {
		return Spread{}, false
	}
	return ratios(s.Rates, all[i].Rates)
}

// ratios returns the spread of the ratios of two series, one of each alternation. ok is
// false if there are none.
func ratios(over, under []float64) (spread Spread, ok bool) {
	var all []float64
	for k := range min(len(over), len(under)) {
		all = append(all, over[k]/under[k])
	}
	if len(all) == 0 {
		return Spread{}, false
	}
	return SpreadOf(all), true
}

// columns are those of a series, after its name.
func columns(base string) []string {
	return []string{"messages/s", "least", "most", "of " + base, "acked/s", "CPU s/million", "client's", "peak MiB"}
}

// cells are what stands in them.
func cells(all []*Series, s *Series) []string {
	if s.Skipped != "" {
		return []string{"skipped: " + s.Skipped}
	}
	rate, of := SpreadOf(s.Rates), "-"
	if r, ok := ratio(all, s); ok {
		of = fmt.Sprintf("%.3f", r.Median)
	}
	return []string{
		thousands(rate.Median), thousands(rate.Least), thousands(rate.Most), of,
		thousands(SpreadOf(s.Acked).Median), about(SpreadOf(s.CPU).Median), about(SpreadOf(s.Client).Median), about(SpreadOf(s.Peak).Most),
	}
}

// label is how a series is called in tables.
func (s *Series) label() string {
	if s.Acks {
		return s.System + " (no logs)"
	}
	return s.System
}

func (w *Work) grid() *grid {
	g := &grid{head: append([]string{"system"}, columns(baseOf(w.Series))...)}
	for _, s := range w.Series {
		g.add(append([]string{s.label()}, cells(w.Series, s)...)...)
	}
	return g
}

// Text writes it for a terminal.
func (w *Work) Text(out io.Writer) error {
	fmt.Fprintf(out, "\n%s: %s\n", w.Name, w.About)
	return w.grid().text(out)
}

func (g *Growth) grid() *grid {
	base := Base
	if len(g.Points) > 0 {
		base = baseOf(g.Points[0].Series)
	}
	table := &grid{head: append([]string{g.Name, "system"}, columns(base)...)}
	for _, p := range g.Points {
		for _, s := range p.Series {
			table.add(append([]string{p.Value, s.label()}, cells(p.Series, s)...)...)
		}
	}
	return table
}

// Text writes it for a terminal.
func (g *Growth) Text(out io.Writer) error {
	fmt.Fprintf(out, "\n%s: %s\n", g.Name, g.About)
	return g.grid().text(out)
}

func latencyGrid(all []*Latency) *grid {
	g := &grid{head: []string{"work", "system", "until", "p50 µs", "p99", "p99.9", "max"}}
	for _, l := range all {
		for _, s := range l.Series {
			if s.Skipped != "" {
				g.add(l.About, s.System, "skipped: "+s.Skipped)
				continue
			}
			for _, row := range []struct {
				until string
				q     Quantiles
			}{{"acknowledged", s.Acked}, {"in all logs", s.Logged}} {
				g.add(l.About, s.System, row.until, about(row.q.P50), about(row.q.P99), about(row.q.P999), about(row.q.Max))
			}
		}
	}
	return g
}

// Text writes it for a terminal.
func (l *Latency) Text(out io.Writer) error {
	fmt.Fprintln(out)
	return latencyGrid([]*Latency{l}).text(out)
}

// longGrid is the table of a work whose systems have windows.
func (w *Work) longGrid() *grid {
	g := w.grid()
	g.head = append(g.head, "turns", "a link fell out in")
	for i, s := range w.Series {
		switch {
		case s.Skipped != "":
		case len(s.OutOfWindow) == 0:
			g.rows[i] = append(g.rows[i], fmt.Sprint(len(s.Rates)), "-")
		default:
			g.rows[i] = append(g.rows[i], fmt.Sprint(len(s.OutOfWindow)), fmt.Sprint(s.fallen()))
		}
	}
	return g
}

// LongText writes it for a terminal, with the turns in which a link fell out of its window.
func (w *Work) LongText(out io.Writer) error {
	fmt.Fprintf(out, "\n%s: %s\n", w.Name, w.About)
	return w.longGrid().text(out)
}

func idleGrid(all []*Idle) *grid {
	g := &grid{head: []string{"system", "CPU %", "MiB", "first message µs", "next ones", "start ms", "program MiB"}}
	for _, i := range all {
		if i.Skipped != "" {
			g.add(i.System, "skipped: "+i.Skipped)
			continue
		}
		start, program := "-", "-"
		if len(i.Start) > 0 {
			start, program = about(SpreadOf(i.Start).Median), about(i.Program)
		}
		g.add(i.System, about(SpreadOf(i.CPU).Median), about(SpreadOf(i.Memory).Most),
			about(SpreadOf(i.First).Median), about(SpreadOf(i.Next).Median), start, program)
	}
	return g
}

// IdleText writes them for a terminal.
func IdleText(all []*Idle, out io.Writer) error {
	fmt.Fprintln(out)
	return idleGrid(all).text(out)
}

func memoryGrid(all []*Memory) *grid {
	g := &grid{head: []string{"system", "messages", "messages/s", "host", "first half MiB", "second half MiB"}}
	for _, m := range all {
		for host := range m.First {
			g.add(m.System, thousands(float64(m.Messages)), thousands(m.Rate), fmt.Sprint(host),
				about(m.First[host]), about(m.Second[host]))
		}
	}
	return g
}

// Text writes it for a terminal.
func (m *Memory) Text(out io.Writer) error {
	fmt.Fprintln(out)
	return memoryGrid([]*Memory{m}).text(out)
}
