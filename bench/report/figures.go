package report

import (
	"fmt"
	"slices"
)

// compared is a figure of our series and that of another system.
func compared(all []*Series, system string, of func(s *Series) []float64) figure {
	our, other, missing := both(all, system)
	if missing != "" {
		return figure{missing: missing}
	}
	return measured(of(our), of(other))
}

func rates(s *Series) []float64 { return s.Rates }

// rateTo compares messages a second, in the run beside the relay alone.
func rateTo(work, system string) func(r *Results) figure {
	return func(r *Results) figure { return compared(seriesIn(r.Works, work), system, rates) }
}

// rateToPeer compares messages a second, in the run with others.
func rateToPeer(work, system string) func(r *Results) figure {
	return func(r *Results) figure { return compared(seriesIn(r.Peers, work), system, rates) }
}

// processorTo compares the processor time of a million messages.
func processorTo(work, system string) func(r *Results) figure {
	return func(r *Results) figure {
		return compared(seriesIn(r.Works, work), system, func(s *Series) []float64 { return s.CPU })
	}
}

// bestTo compares the best of some works, in the run with others: ours and the other's need
// not be the same one.
func bestTo(system string, works ...string) func(r *Results) figure {
	return func(r *Results) figure {
		ourBest, otherBest := 0.0, 0.0
		for _, work := range works {
			our, other, missing := both(seriesIn(r.Peers, work), system)
			if missing != "" {
				return figure{missing: missing}
			}
			ourBest = max(ourBest, SpreadOf(our.Rates).Median)
			otherBest = max(otherBest, SpreadOf(other.Rates).Median)
		}
		return figure{value: ourBest / otherBest}
	}
}

// loggedTo compares the 99th percentiles until a message was in all logs.
func loggedTo(about, system string) func(r *Results) figure {
	return func(r *Results) figure {
		i := slices.IndexFunc(r.Latency, func(l *Latency) bool { return l.About == about })
		if i < 0 {
			return figure{missing: notYet}
		}
		var p99 [2][]float64
		for k, name := range []string{ours, system} {
			for _, s := range r.Latency[i].Series {
				switch {
				case s.System != name:
				case s.Skipped != "":
					return figure{missing: fmt.Sprintf("not measured: %s: %s", name, s.Skipped)}
				default:
					p99[k] = s.LoggedP99
				}
			}
		}
		return measured(p99[0], p99[1])
	}
}

// rest is how long a rest is before the first message that is compared, in seconds.
const rest = 30

// firstTo compares how long the first message after a rest takes.
func firstTo(system string) func(r *Results) figure {
	return func(r *Results) figure {
		var first [2][]float64
		for k, name := range []string{ours, system} {
			for _, i := range r.Idle {
				switch {
				case i.System != name:
				case i.Skipped != "":
					return figure{missing: fmt.Sprintf("not measured: %s: %s", name, i.Skipped)}
				case i.Rest < rest:
					return figure{missing: notYet}
				default:
					first[k] = i.First
				}
			}
		}
		return measured(first[0], first[1])
	}
}

// grown returns the series of one value of what grows.
func (r *Results) grown(name, value string) []*Series {
	for _, g := range r.Growth {
		for _, p := range g.Points {
			if g.Name == name && p.Value == value {
				return p.Series
			}
		}
	}
	return nil
}

// grownTo compares messages a second at one value of what grows.
func grownTo(name, value, system string) func(r *Results) figure {
	return func(r *Results) figure { return compared(r.grown(name, value), system, rates) }
}

// grownPeak is the most memory that a host of ours had in any turn, in MiB.
func grownPeak(name, value string) func(r *Results) figure {
	return func(r *Results) figure {
		all := r.grown(name, value)
		i := find(all, ours)
		switch {
		case i < 0:
			return figure{missing: notYet}
		case all[i].Skipped != "":
			return figure{missing: fmt.Sprintf("not measured: %s: %s", ours, all[i].Skipped)}
		}
		return figure{value: SpreadOf(all[i].Peak).Most}
	}
}

// falls is in how many of LongTurns turns a link of ours fell out of its window. Fewer
// turns do not show that none does.
func falls(r *Results) figure {
	if r.Long == nil {
		return figure{missing: notYet}
	}
	i := find(r.Long.Series, ours)
	switch {
	case i < 0:
		return figure{missing: notYet}
	case r.Long.Series[i].Skipped != "":
		return figure{missing: fmt.Sprintf("not measured: %s: %s", ours, r.Long.Series[i].Skipped)}
	case len(r.Long.Series[i].OutOfWindow) < LongTurns:
		return figure{missing: fmt.Sprintf("not measured: %d of %d turns", len(r.Long.Series[i].OutOfWindow), LongTurns)}
	}
	return figure{value: float64(r.Long.Series[i].fallen())}
}

// fallen counts the turns in which a link fell out of its window.
func (s *Series) fallen() (turns int) {
	for _, lines := range s.OutOfWindow {
		if lines > 0 {
			turns++
		}
	}
	return turns
}
