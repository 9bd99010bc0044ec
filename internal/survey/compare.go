package survey

import (
	"context"
	"sync"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

// Source is a log that can be asked. Only one goroutine at a time uses it.
type Source interface {
	Name() string
	// Held returns the ranges that the log holds now.
	Held(ctx context.Context) ([]marks.Mark, error)
	// Digests returns a digest of each of the ranges, which do not overlap.
	Digests(ctx context.Context, ranges []marks.Mark) ([]verify.Digest, error)
}

// Options say how to compare.
type Options struct {
	// Settle is how long logs that differ may take to become equal: messages may be
	// on their way, and hosts may be about to repair their logs.
	Settle time.Duration
	// Holders is how many sources must hold a message for its digest to be compared.
	// With 1, a message that a single source holds must at least be readable.
	Holders int
}

// poll is the pause before logs that differ are compared again.
const poll = 250 * time.Millisecond

// Compare compares the messages that the sources hold when it begins. Later ones are
// ignored, so that a ring may be in use. It never fails: what went wrong with a
// source is in the report.
func Compare(ctx context.Context, sources []Source, o Options) *verify.Report {
	c := &comparison{Options: o, sources: sources, held: make([]*verify.Holdings, len(sources)), errs: make([]error, len(sources))}
	c.askHeld(ctx)
	whole := verify.Union(c.held)
	for c.lacking(whole) && c.pause(ctx) {
		c.askHeld(ctx)
	}
	found := c.findFaults(ctx, whole)
	for len(found) > 0 && c.pause(ctx) {
		c.askHeld(ctx)
		found = c.findFaults(ctx, verify.Ranges(found)) // the rest is equal already
	}
	return c.report(whole, found)
}

// comparison is the state of a Compare.
type comparison struct {
	Options
	sources  []Source
	held     []*verify.Holdings // empty if there is an error
	errs     []error
	deadline time.Time // the end of Options.Settle; zero before the first pause
}

// each asks all sources concurrently, without those that have failed.
func (c *comparison) each(ask func(i int, s Source) error) {
	var all sync.WaitGroup
	for i, s := range c.sources {
		if c.errs[i] == nil {
			all.Go(func() { c.errs[i] = ask(i, s) })
		}
	}
	all.Wait()
	for i, err := range c.errs {
		if err != nil {
			c.held[i] = verify.NewHoldings(nil)
		}
	}
}

func (c *comparison) askHeld(ctx context.Context) {
	c.each(func(i int, s Source) error {
		held, err := s.Held(ctx)
		c.held[i] = verify.NewHoldings(held)
		return err
	})
}

// lacking tells whether a source lacks something.
func (c *comparison) lacking(target []marks.Mark) bool {
	for i, held := range c.held {
		if c.errs[i] == nil && len(held.Lacking(target)) > 0 {
			return true
		}
	}
	return false
}

// findFaults compares target with what the sources hold, and returns the findings.
func (c *comparison) findFaults(ctx context.Context, target []marks.Mark) []verify.Finding {
	search := verify.NewSearch(verify.Shared(target, c.held, c.Holders))
	for search.Next() {
		c.askRound(ctx, search)
	}
	var found []verify.Finding
	for i, held := range c.held {
		if c.errs[i] == nil {
			found = append(found, verify.NewFindings(verify.Lacks, i, held.Lacking(target))...)
		}
	}
	return append(found, search.Findings()...)
}

// askRound asks the questions of one round.
func (c *comparison) askRound(ctx context.Context, search *verify.Search) {
	answers := make([][]verify.Digest, len(c.sources))
	c.each(func(i int, s Source) (err error) {
		if ranges := search.Ranges(i); len(ranges) > 0 {
			answers[i], err = s.Digests(ctx, ranges)
		}
		return err
	})
	for i, err := range c.errs {
		if err != nil {
			search.Drop(i)
		} else {
			search.Answer(i, answers[i])
		}
	}
}

// pause waits before the next comparison. It is false when the time is up.
func (c *comparison) pause(ctx context.Context) bool {
	if c.deadline.IsZero() {
		c.deadline = time.Now().Add(c.Settle)
	}
	left := time.Until(c.deadline)
	if left <= 0 {
		return false
	}
	select {
	case <-time.After(min(left, poll)):
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *comparison) report(whole []marks.Mark, found []verify.Finding) *verify.Report {
	r := &verify.Report{Target: whole, Findings: found, Hosts: make([]verify.Host, len(c.sources))}
	for i, s := range c.sources {
		r.Hosts[i] = verify.Host{Name: s.Name(), Err: c.errs[i], Begins: c.held[i].Begins(whole)}
	}
	return r
}
