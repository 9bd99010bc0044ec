package client

import "time"

// Result is what happened to one text of a SendAll.
type Result struct {
	Index int // the place of the text in the sequence, from 0
	Text  string
	Receipt
	Err error // nil if the text is kept; otherwise an error as from Send
}

// Summary counts the texts of a SendAll by what happened to them. Each text is one of
// Acknowledged, Refused, Unacknowledged and Unsent.
type Summary struct {
	Acknowledged   int           // kept
	Short          int           // of these: kept by fewer hosts than Config.MinCopies (CopiesError)
	Refused        int           // not taken (RefusedError)
	Unacknowledged int           // sent; kept or not (ErrUnacknowledged)
	Unsent         int           // drawn from the sequence and not sent
	Resent         int           // of all: sent again after the connection was lost; these may be in the logs twice
	Hosts          []string      // addresses that texts were sent to, in order of first use
	Elapsed        time.Duration // from the call until it returned
}

// Total returns how many texts were drawn from the sequence.
func (s *Summary) Total() int {
	return s.Acknowledged + s.Refused + s.Unacknowledged + s.Unsent
}

// count adds n texts with the same outcome.
func (s *Summary) count(o *outcome, n int) {
	switch o.err.(type) {
	case nil:
		s.Acknowledged += n
	case *CopiesError:
		s.Acknowledged += n
		s.Short += n
	case *RefusedError:
		s.Refused += n
	case *lostError:
		s.Unacknowledged += n
	default:
		s.Unsent += n
	}
}

// reporter calls the report function, in a goroutine of its own: so a report may block and
// may use the client.
type reporter struct {
	pipeline *pipeline
	report   func(Result)
	summary  Summary
	next     int     // the next text to report
	slot     int     // its index in the ring
	entries  []entry // taken from the tracker
}

// run reports all texts in order, and returns after the last.
func (r *reporter) run() {
	for last := false; !last; {
		last = r.wait()
		for i := range r.entries {
			r.reportEntry(r.entries[i].n, &r.entries[i].outcome)
		}
	}
}

// wait frees the items of the reported texts, and waits for more results. It reports
// whether they are the last.
func (r *reporter) wait() (last bool) {
	p := r.pipeline
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reported != r.next {
		p.reported = r.next
		p.feederCond.Broadcast()
	}
	for len(p.tracker.ready) == 0 && !p.done {
		p.reporterCond.Wait()
	}
	r.entries = p.tracker.takeReady(r.entries)
	return p.done
}

// reportEntry reports the next n texts.
func (r *reporter) reportEntry(n int, o *outcome) {
	r.summary.count(o, n)
	ring := r.pipeline.ring
	for i := range n {
		it := &ring[r.slot]
		if r.slot++; r.slot == len(ring) {
			r.slot = 0
		}
		result := Result{Index: r.next, Text: it.text, Receipt: Receipt{ID: o.id.behind(i), Host: o.host, Copies: o.copies, Resends: int(it.resends)}, Err: o.err}
		if it.resends > 0 {
			r.summary.Resent++
		}
		*it = item{} // so that the ring does not keep the text alive
		r.next++
		r.report(result)
	}
}
