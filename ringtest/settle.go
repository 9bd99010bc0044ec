package ringtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/check"
)

// quiet is how long the logs must not change to count as settled.
const quiet = time.Second

// RequireSettled waits until all hosts are ready, no client waits for an answer, and the logs of
// all hosts are equally long and have not changed for a second; for at most five minutes (half a
// minute in real time). Then it compares the logs with what the ring's clients were told: each
// acknowledged message is in every log, once and in order, and nothing else is. Otherwise the test
// fails, with the messages, the hosts, and the last fault before each message.
//
// It also fails if nothing was acknowledged, and if a fault with a [When] never fired: then the
// test shows nothing. Clients must not send meanwhile.
func (r *Ring) RequireSettled() {
	r.t.Helper()
	for _, f := range r.faults.unfired() {
		r.t.Errorf("ringtest: a fault did not fire, so the test shows nothing about it: %v", f)
	}
	if err := r.Settle(); err != nil {
		r.t.Errorf("ringtest: %v", err)
	}
}

// Settle is RequireSettled, but returns what is wrong instead of failing the test, and does not
// report faults that never fired.
func (r *Ring) Settle() error {
	unchanged := r.unchanged()
	if r.await(func() bool { return r.unready() == nil && unchanged() }) {
		return r.compare()
	}
	if err := r.unready(); err != nil {
		return fmt.Errorf("the ring cannot settle: %w", err)
	}
	if err := r.compare(); err != nil {
		return err
	}
	return fmt.Errorf("the logs did not come to rest within %v", r.timeout())
}

// unready returns why the ring has not settled, apart from its logs.
func (r *Ring) unready() error {
	for _, h := range r.hosts {
		if err := h.Ready(); err != nil {
			return err
		}
	}
	if s, found := r.waiting(); found {
		return fmt.Errorf("%s still waits for an answer to %q", s.Sender, s.Text)
	}
	return nil
}

// compare compares the logs with the record.
func (r *Ring) compare() error {
	report, err := r.report()
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return errors.New(strings.TrimSuffix(r.describe(report), "\n"))
	}
	return nil
}

// unchanged returns a function that returns true once all logs have had the same length for a
// while.
func (r *Ring) unchanged() func() bool {
	last, since := int64(-1), time.Now()
	return func() bool {
		size := r.hosts[0].size()
		for _, h := range r.hosts[1:] {
			if h.size() != size {
				size = -1
				break
			}
		}
		if size < 0 || size != last {
			last, since = size, time.Now()
			return false
		}
		return time.Since(since) >= quiet
	}
}

// report returns the checker's report on all logs.
func (r *Ring) report() (*check.Report, error) {
	record := &check.Record{}
	r.mu.Lock()
	for i := range r.sent {
		record.Add(r.sent[i].Message)
	}
	r.mu.Unlock()
	cfg := check.Config{Settled: true, Others: r.options.others}
	for _, h := range r.hosts {
		cfg.Hosts = append(cfg.Hosts, h.name)
	}
	c, err := check.New(record, cfg)
	if err != nil {
		return nil, err
	}
	for i, h := range r.hosts {
		if err := c.Log(i).ReadDir(h.Files()); err != nil {
			return nil, err
		}
	}
	return c.Report(), nil
}

// describe returns a report as text, with the active faults, and the last fault before each message
// that it names.
func (r *Ring) describe(report *check.Report) string {
	var b strings.Builder
	b.WriteString(report.String())
	for _, f := range r.faults.all() {
		if f.Fired() > 0 {
			fmt.Fprintf(&b, "still active: %v\n", f)
		}
	}
	var order []string // of the findings
	hosts := make(map[string][]string)
	for host, what := range r.named(report) {
		if hosts[what] == nil {
			order = append(order, what)
		}
		hosts[what] = append(hosts[what], host)
	}
	for _, what := range order {
		fmt.Fprintf(&b, "%s: %s\n", strings.Join(hosts[what], ", "), what)
	}
	return b.String()
}

// named yields the hosts, each with what is wrong there with a message on record.
func (r *Ring) named(report *check.Report) iter.Seq2[string, string] {
	r.mu.Lock()
	known := make(map[string]sent, len(r.sent))
	for _, s := range r.sent {
		known[s.Text] = s
	}
	r.mu.Unlock()
	return func(yield func(host, what string) bool) {
		for _, h := range report.Hosts {
			for kind, examples := range h.Examples {
				for _, example := range examples {
					s, found := known[example.Text]
					if found && !yield(h.Host, fmt.Sprintf("%v %q, of which %s", check.Kind(kind), s.Text, r.fate(s))) {
						return
					}
				}
			}
		}
	}
}

// fate is what the record has of a message.
func (r *Ring) fate(s sent) string {
	fate := fmt.Sprintf("%s was told %v by %s at %v", s.Sender, s.Outcome, s.Host, s.at)
	if e, ok := r.faults.before(s.at); ok {
		return fate + fmt.Sprintf("; the last fault before, at %v: %s", e.At, e.Fault)
	}
	return fate + "; no fault had fired before"
}

// readLog reads the lines of an access log, without CRLF.
func readLog(dir fs.FS) (lines []string, err error) {
	names, err := check.Segments(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(data) {
			lines = append(lines, strings.TrimSuffix(string(line), "\r\n"))
		}
	}
	return lines, nil
}
