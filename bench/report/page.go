package report

import (
	"errors"
	"fmt"
	"strings"
)

// Between these two lines of a page stand the results. All else is written by people.
const (
	pageBegin = "<!-- results: begin -->\n"
	pageEnd   = "<!-- results: end -->\n"
)

// Renew returns a page with these results in the place of those that were there.
func (r *Results) Renew(page string) (string, error) {
	before, rest, begins := strings.Cut(page, pageBegin)
	_, after, ends := strings.Cut(rest, pageEnd)
	if !begins || !ends {
		return "", errors.New("the page has no place for results")
	}
	return before + pageBegin + r.markdown() + pageEnd + after, nil
}

// works writes the tables of some works under one heading.
func works(b *strings.Builder, heading string, all []*Work) {
	if len(all) > 0 {
		fmt.Fprintf(b, "\n### %s\n", heading)
	}
	for _, w := range all {
		fmt.Fprintf(b, "\n**%s**: %s\n\n", w.Name, w.About)
		w.grid().markdown(b)
	}
}

// plotted are the works that the plot shows: those with the most systems.
func (r *Results) plotted() []*Work {
	if len(r.Peers) > 0 {
		return r.Peers
	}
	return r.Works
}

// markdown returns all tables, under headings.
func (r *Results) markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "\nMeasured on %s, %s, %d processors, %s GiB of memory, %s, %s.\n",
		m.Date, m.Processor, m.Processors, about(m.MemoryGiB), m.Kernel, m.Go)
	if len(r.plotted()) > 0 {
		fmt.Fprintf(&b, "\n![Throughput, as a part of what the bare relay does, on a logarithmic scale](performance.svg)\n")
	}
	works(&b, "Beside the bare relay", r.Works)
	works(&b, "Beside what people use today", r.Peers)
	if len(r.Latency) > 0 {
		fmt.Fprintf(&b, "\n### Latency\n\n")
		latencyGrid(r.Latency).markdown(&b)
	}
	if len(r.Growth) > 0 {
		fmt.Fprintf(&b, "\n### Growth\n")
	}
	for _, g := range r.Growth {
		fmt.Fprintf(&b, "\n**%s**: %s\n\n", g.Name, g.About)
		g.grid().markdown(&b)
	}
	if len(r.Memory) > 0 {
		fmt.Fprintf(&b, "\n### Memory\n\n")
		memoryGrid(r.Memory).markdown(&b)
	}
	if len(r.Idle) > 0 {
		fmt.Fprintf(&b, "\n### Nothing to do\n\n")
		idleGrid(r.Idle).markdown(&b)
	}
	return b.String() + "\n"
}
