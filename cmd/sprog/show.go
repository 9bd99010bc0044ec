package main

import (
	"fmt"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/plural"
)

// shown is the output of --justShow.
type shown struct {
	Ring    string    `json:"ring"`
	File    string    `json:"file"` // empty for the built-in ring
	Order   string    `json:"order"`
	Hosts   []target  `json:"hosts"`
	TLS     *ownShown `json:"tls"` // null is plain text
	Copies  int       `json:"copies"`
	Resend  bool      `json:"resend"`
	Timeout string    `json:"timeout"`
	*loop             // nil for sprog send
}

// loop is the part of it that only sprog alone has.
type loop struct {
	Interval string `json:"interval"`
	Count    int    `json:"count"` // 0 is without end
	Content  string `json:"content"`
}

func (s *settings) shown() shown {
	v := shown{
		Ring: s.ring, File: s.file, Order: s.order.String(), Hosts: s.targets, TLS: s.ownShown(),
		Copies: s.copies, Resend: s.resend, Timeout: s.timeout.String(),
	}
	if s.repeat {
		v.loop = &loop{Interval: s.interval.String(), Count: s.count, Content: strconv.Quote(visible(s.message))}
		if s.message == "" {
			least, most := s.lengths()
			v.Content = fmt.Sprintf("random, %d to %d characters", least, most)
		}
	}
	return v
}

// show returns the settings as text or JSON.
func (s *settings) show() string {
	v := s.shown()
	if s.json {
		return marshal(v)
	}
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-10s%s\n", name, value) }
	file := v.File
	if file == "" {
		file = "built in"
	}
	row("ring", fmt.Sprintf("%s (%s)", v.Ring, file))
	row("order", v.Order)
	for i, t := range v.Hosts {
		name := "hosts"
		if i > 0 {
			name = ""
		}
		row(name, fmt.Sprintf("%-*s  %s", longestShown(v.Hosts), t.Name, t.Address))
	}
	row("tls", s.tlsText())
	row("copies", strconv.Itoa(v.Copies))
	if !v.Resend {
		row("resend", "no")
	}
	row("timeout", v.Timeout)
	if v.loop != nil {
		count := "for ever"
		if v.Count > 0 {
			count = plural.Of(v.Count, "time")
		}
		row("interval", fmt.Sprintf("%s, %s", v.Interval, count))
		row("content", v.Content)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func longestShown(targets []target) int {
	most := 0
	for _, t := range targets {
		most = max(most, len(t.Name))
	}
	return most
}
