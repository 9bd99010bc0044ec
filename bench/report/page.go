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

// heading begins a part, and says how quiet the machine was.
func (r *Results) heading(b *strings.Builder, heading, part string) {
	fmt.Fprintf(b, "\n### %s\n\n", heading)
	switch seen := r.Quiet[part]; {
	case seen == nil:
		fmt.Fprintf(b, "How quiet the machine was is not recorded.\n")
	case seen.Quiet():
		fmt.Fprintf(b, "%s, the machine before it: %s.\n", seen.Date, seen)
	default:
		fmt.Fprintf(b, "**The machine was not quiet, and ratios may be off**: %s. %s, the machine before it: %s.\n",
			strings.Join(seen.Reasons(), "; "), seen.Date, seen)
	}
}

// works writes the tables of some works under one heading.
func (r *Results) works(b *strings.Builder, heading, part string, all []*Work) {
	if len(all) > 0 {
		r.heading(b, heading, part)
	}
	for _, w := range all {
		fmt.Fprintf(b, "\n**%s**: %s\n\n", w.Name, w.About)
		w.grid().markdown(b)
	}
}

// aims writes the table of bars.
func (r *Results) aims(b *strings.Builder) {
	fmt.Fprintf(b, "\n### What we aim at\n\n")
	fmt.Fprintf(b, "Ratios are zog's figure by the other's, each of one alternation, and their median; with NATS core that of two medians.\n\n")
	r.barGrid().markdown(b)
	if parts := r.unlooked(); len(parts) > 0 {
		fmt.Fprintf(b, "\nHow quiet the machine was is not recorded for: %s.\n", strings.Join(parts, ", "))
	}
}

// part writes a part that is one table.
func (r *Results) part(b *strings.Builder, heading, part string, table *grid) {
	r.heading(b, heading, part)
	b.WriteByte('\n')
	table.markdown(b)
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
	r.aims(&b)
	r.works(&b, "Beside the bare relay", PartCompare, r.Works)
	r.works(&b, "Beside what people use today", PartPeers, r.Peers)
	r.works(&b, "With TLS", PartTLS, r.TLS)
	if len(r.Latency) > 0 {
		r.part(&b, "Latency", PartLatency, latencyGrid(r.Latency))
	}
	if r.Long != nil {
		r.heading(&b, "Long texts", PartLong)
		fmt.Fprintf(&b, "\n**%s**: %s\n\n", r.Long.Name, r.Long.About)
		r.Long.longGrid().markdown(&b)
	}
	if len(r.Growth) > 0 {
		r.heading(&b, "Growth", PartGrowth)
	}
	for _, g := range r.Growth {
		fmt.Fprintf(&b, "\n**%s**: %s\n\n", g.Name, g.About)
		g.grid().markdown(&b)
	}
	if len(r.Memory) > 0 {
		r.part(&b, "Memory", PartMemory, memoryGrid(r.Memory))
	}
	if len(r.Idle) > 0 {
		r.part(&b, "Nothing to do", PartIdle, idleGrid(r.Idle))
	}
	return b.String() + "\n"
}
