package client

import (
	"errors"
	"time"

	"xlattice.org/zog/messages/pzog"
)

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
	Hosts          []string      // addresses that texts were sent to, in order of use
	Elapsed        time.Duration // from the call to its last report
}

// Total is how many texts were drawn from the sequence.
func (s *Summary) Total() int {
	return s.Acknowledged + s.Refused + s.Unacknowledged + s.Unsent
}

// count adds a text's fate.
func (s *Summary) count(v *verdict) {
	switch v.err.(type) {
	case nil:
		s.Acknowledged++
	case *CopiesError:
		s.Acknowledged++
		s.Short++
	case *RefusedError:
		s.Refused++
	default:
		if errors.Is(v.err, ErrUnacknowledged) {
			s.Unacknowledged++
		} else {
			s.Unsent++
		}
	}
}

// teller is the goroutine that reports, apart from the connection's, so that a
// report may take its time and may use the client.
type teller struct {
	stream    *stream
	report    func(Result)
	summary   Summary
	place     int     // of the next text to tell
	published int     // the stream's, as last seen
	verdicts  []tally // taken over from the stream
	spent     int     // of verdicts, those used up
}

// run tells all texts in their order, and ends when the stream has.
func (t *teller) run() {
	for over := false; !over; {
		over = t.await()
		for t.next() {
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
		s.changed.Broadcast()
	}
	for len(s.verdicts) == 0 && s.published == t.published && !s.over {
		s.changed.Wait()
	}
	t.verdicts, s.verdicts, t.spent = s.verdicts, t.verdicts[:0], 0
	t.published = s.published
	return s.over
}

// next tells one text, if its fate is known.
func (t *teller) next() bool {
	judged := t.spent < len(t.verdicts)
	if !judged && t.place >= t.published {
		return false
	}
	it := t.stream.at(t.place)
	var v verdict
	switch {
	case it.refusal != pzog.Refusal_NONE:
		v.err = &RefusedError{Refusal: it.refusal}
	case judged:
		v = t.take()
	default:
		return false
	}
	result := Result{Index: t.place, Text: it.text, Receipt: Receipt{Host: v.host, Copies: v.copies}, Err: v.err}
	*it = item{} // the text is the caller's alone now
	t.place++
	t.summary.count(&v)
	t.report(result)
	return true
}

// take returns the verdict on the next text that travelled.
func (t *teller) take() verdict {
	first := &t.verdicts[t.spent]
	if first.n--; first.n == 0 {
		t.spent++
	}
	return first.v
}
