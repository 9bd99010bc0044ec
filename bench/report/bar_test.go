package report

import (
	"strings"
	"testing"

	"xlattice.org/zog/bench/quiet"
)

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		bar, aim limit
		value    float64
		want     string
	}{
		{atLeast(0.5), limit{}, 0.5, "met"},
		{atLeast(0.5), limit{}, 0.4, "**missed** by 20.0 %"},
		{atLeast(0.5), limit{}, 0.49999, "**missed** by less than 0.1 %"},
		{over(1), limit{}, 1, "**missed** by less than 0.1 %"},
		{over(1), limit{}, 1.001, "met"},
		{atMost(2), limit{}, 2, "met"},
		{atMost(2), limit{}, 3, "**missed** by 50.0 %"},
		{under(48), limit{}, 48, "**missed** by less than 0.1 %"},
		{under(48), limit{}, 47.9, "met"},
		{atMost(0), limit{}, 0, "met"},
		{atMost(0), limit{}, 7, "**missed** by 7"},
		{atLeast(0.5), atLeast(0.8), 0.6, "met; the aim is missed by 25.0 %"},
		{atLeast(0.5), atLeast(0.8), 0.8, "met; the aim is met"},
		{atLeast(0.5), atLeast(0.8), 0.4, "**missed** by 20.0 %; the aim is missed by 50.0 %"},
		{limit{}, over(1), 1.2, "the aim is met"},
		{limit{}, over(1), 0.5, "the aim is missed by 50.0 %"},
	} {
		b := bar{bar: tt.bar, aim: tt.aim}
		if got := b.verdict(tt.value); got != tt.want {
			t.Errorf("%v, bar %s, aim %s: %q, want %q", tt.value, tt.bar, tt.aim, got, tt.want)
		}
	}
}

func TestLimitInWords(t *testing.T) {
	for want, l := range map[string]limit{
		"-": {}, "0.55 at least": atLeast(0.55), "over 1": over(1), "0 at most": atMost(0), "under 48": under(48), "1.5 at most": atMost(1.5), "100 at most": atMost(100),
	} {
		if got := l.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// two are the series of zog and of another system.
func two(other string, zogs, others []float64) []*Series {
	return []*Series{{System: other, Rates: others, CPU: others, Peak: others}, {System: "zog", Rates: zogs, CPU: zogs, Peak: zogs}}
}

func TestFigures(t *testing.T) {
	turns := func(fell ...int) []*Series {
		all := make([]int, LongTurns)
		for _, i := range fell {
			all[i] = 3
		}
		return []*Series{{System: "zog", OutOfWindow: all}}
	}
	beside := &Results{
		Works:  []*Work{{Name: "flood", Series: two("relay", []float64{1, 3, 4}, []float64{2, 4, 2})}, {Name: "five", Series: []*Series{{System: "zog", Rates: []float64{1}}, {System: "relay", Skipped: "gone"}}}},
		Growth: []*Growth{{Name: "hosts", Points: []*Point{{Value: "3"}, {Value: "33", Series: two("relay", []float64{1, 7}, []float64{2, 2})}}}},
		Idle:   []*Idle{{System: "relay", Rest: 30, First: []float64{1, 2, 3}}, {System: "zog", Rest: 30, First: []float64{2, 3, 9}}},
		Latency: []*Latency{{About: slowSynced, Series: []*LatencySeries{
			{System: "relay", LoggedP99: []float64{10, 10, 100}}, {System: "zog", LoggedP99: []float64{20, 15, 100}},
		}}, {About: fastSynced, Series: []*LatencySeries{{System: "relay", LoggedP99: []float64{1}}, {System: "zog", Skipped: "ended"}}}},
		Peers: []*Work{{Name: "flood", Series: two("nats", []float64{8}, []float64{2})}, {Name: "five", Series: two("nats", []float64{6}, []float64{4})}},
	}
	long := func(s []*Series) *Results { return &Results{Long: &Work{Series: s}} }
	for name, tt := range map[string]struct {
		of   func(r *Results) figure
		in   *Results
		want figure
	}{
		"the median of ratios, not the ratio of medians": {rateTo("flood", "relay"), beside, figure{value: 0.75}},
		"who is not there":                           {rateTo("flood", "nats"), beside, figure{missing: notYet}},
		"what is not there":                          {rateTo("single", "relay"), beside, figure{missing: notYet}},
		"who was skipped":                            {rateTo("five", "relay"), beside, figure{missing: "not measured: relay: gone"}},
		"beside others":                              {rateToPeer("flood", "nats"), beside, figure{value: 4}},
		"the best of two works":                      {bestTo("nats", "flood", "five"), beside, figure{value: 2}},
		"the best of works of which one is missing":  {bestTo("nats", "flood", "six"), beside, figure{missing: notYet}},
		"processor time":                             {processorTo("flood", "relay"), beside, figure{value: 0.75}},
		"a step of growth":                           {grownTo("hosts", "33", "relay"), beside, figure{value: 2}},
		"a step that nothing was measured of":        {grownTo("hosts", "3", "relay"), beside, figure{missing: notYet}},
		"the most memory":                            {grownPeak("hosts", "33"), beside, figure{value: 7}},
		"the first message":                          {firstTo("relay"), beside, figure{value: 2}},
		"the first message after too short a rest":   {firstTo("relay"), &Results{Idle: []*Idle{{System: "relay", Rest: 30, First: []float64{1}}, {System: "zog", Rest: 29, First: []float64{1}}}}, figure{missing: notYet}},
		"latencies":                                  {loggedTo(slowSynced, "relay"), beside, figure{value: 1.5}},
		"latencies of one that was skipped":          {loggedTo(fastSynced, "relay"), beside, figure{missing: "not measured: zog: ended"}},
		"latencies by quantiles of all turns alone":  {loggedTo(slowSynced, "relay"), &Results{Latency: []*Latency{{About: slowSynced, Series: []*LatencySeries{{System: "zog"}, {System: "relay"}}}}}, figure{missing: notYet}},
		"links that stay in their windows":           {falls, long(turns()), figure{value: 0}},
		"links that fall out in two turns, six ways": {falls, long(turns(0, 19)), figure{value: 2}},
		"too few turns":                              {falls, long([]*Series{{System: "zog", OutOfWindow: []int{0}}}), figure{missing: "not measured: 1 of 20 turns"}},
		"no turns":                                   {falls, &Results{}, figure{missing: notYet}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.of(tt.in); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// The page has each bar, what was measured of it, and how quiet the machine was.
func TestAimsOnThePage(t *testing.T) {
	r := some()
	page := r.markdown()
	for _, part := range []string{
		"### What we aim at\n", "| flood, one client | relay | 0.55 at least | 0.7 at least | 0.500 | **missed** by 9.1 %; the aim is missed by 28.6 % | compare |\n",
		"| single | Redis streams | over 1 | - | not measured yet | - | peers |\n",
		"How quiet the machine was is not recorded for: compare, latency, growth, memory.\n",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("there is no %q in\n%s", part, page)
		}
	}
	r.Quiet = map[string]*quiet.Seen{
		PartCompare: {Date: "2026-11-30", Processors: 2, Others: 40},
		PartMemory:  {Date: "2026-11-29", Processors: 2, Others: 0.4},
	}
	r.Long = &Work{Name: "long", About: "long texts", Series: []*Series{
		{System: "relay", Rates: []float64{1}, Acked: []float64{1}, CPU: []float64{1}, Client: []float64{1}, Peak: []float64{1}},
		{System: "zog", Rates: []float64{1, 2}, Acked: []float64{1}, CPU: []float64{1}, Client: []float64{1}, Peak: []float64{1}, OutOfWindow: []int{0, 2}},
		{System: "gone", Skipped: "it ended"},
	}}
	page = r.markdown()
	for _, part := range []string{
		"the aim is missed by 28.6 % (the machine was not quiet) | compare |\n",
		"### Beside the bare relay\n\n**The machine was not quiet, and ratios may be off**: others use 40 % of 2 processors",
		"### Memory\n\n2026-11-29, the machine before it: quiet: others use 0.4 % of 2 processors",
		"How quiet the machine was is not recorded for: latency, long, growth.\n",
		"### Latency\n\nHow quiet the machine was is not recorded.\n",
		"| 1.00 | 2 | 1 |\n", "| 1.00 | 1 | - |\n", "| gone | skipped: it ended |",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("there is no %q in\n%s", part, page)
		}
	}
}
