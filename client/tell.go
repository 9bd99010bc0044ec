package client

import "time"

// Result is what became of one text of a SendAll.
type Result struct {
	Index int // its place in the sequence, from 0 on
	Text  string
	Receipt
	Err error // nil if it is kept; otherwise as by Send
}

// Summary counts what became of the texts of a SendAll. Each text is one of
// Acknowledged, Refused, Unacknowledged and Unsent.
type Summary struct {
	Acknowledged   int           // kept
	Short          int           // of those, kept by fewer hosts than asked for (CopiesError)
	Refused        int           // not kept (RefusedError)
	Unacknowledged int           // sent, and perhaps kept (ErrUnacknowledged)
	Unsent         int           // drawn from the sequence but not sent
	Resent         int           // of all, those sent again after their connection was lost: perhaps they are in the logs twice
	Hosts          []string      // addresses that texts were sent to, in order of use
	Elapsed        time.Duration // from the call to its last report
}

// Total is how many texts were drawn from the sequence.
func (s *Summary) Total() int {
	return s.Acknowledged + s.Refused + s.Unacknowledged + s.Unsent
}

// count adds the fate of n texts.
func (s *Summary) count(v *verdict, n int) {
	switch v.err.(type) {
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

// teller is the goroutine that reports, apart from the connection's, so that a
// report may take its time and may use the client.
type teller struct {
	stream  *stream
	report  func(Result)
	summary Summary
	place   int     // of the next text to tell
	slot    int     // of the ring, where it is
	tallies []tally // taken over from the docket
}

// run tells all texts in their order, and ends when the stream has.
func (t *teller) run() {
	for over := false; !over; {
		over = t.await()
		for i := range t.tallies {
			t.tell(t.tallies[i].n, &t.tallies[i].v)
		}
	}
}

// await gives back the places of what has been told, waits for news, and
// reports whether they are the last.
func (t *teller) await() (over bool) {
	s := t.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told != t.place {
		s.told = t.place
		s.feeding.Broadcast()
	}
	for len(s.docket.ready) == 0 && !s.over {
		s.telling.Wait()
	}
	t.tallies = s.docket.take(t.tallies)
	return s.over
}

// tell tells the next n texts.
func (t *teller) tell(n int, v *verdict) {
	t.summary.count(v, n)
	ring := t.stream.ring
	for range n {
		it := &ring[t.slot]
		if t.slot++; t.slot == len(ring) {
			t.slot = 0
		}
		result := Result{Index: t.place, Text: it.text, Receipt: Receipt{Host: v.host, Copies: v.copies, Resends: it.resends}, Err: v.err}
		if it.resends > 0 {
			t.summary.Resent++
		}
		*it = item{} // the text is the caller's alone now
		t.place++
		t.report(result)
	}
}
