package client

import "time"

// tracker tracks what is known of each text of a SendAll. Texts are sent in rounds, each over
// one connection: first those that earlier rounds left open, then new ones. Outcomes come
// in the order of sending, and are given out in the order of the texts. So final outcomes
// wait behind an open text.
//
// Texts are numbered from 0. The listed texts are, in order, those given out, then ready,
// held and pending. A new text is listed when it or a later one gets an outcome.
type tracker struct {
	resend bool // lost texts are sent again

	ready   []entry // final
	held    []entry // have an outcome from this round; the first is open
	pending []entry // wait for an outcome; the first is open

	listed int // texts given out, ready, held or pending
	final  int // texts given out or ready
}

// entry is n consecutive texts with the same outcome, but for their ids.
type entry struct {
	n       int
	open    bool // the outcome is not final
	outcome outcome
}

// notSent is what is known of a text that was not sent yet.
var notSent = outcome{unsent: true}

// record gives an outcome to the next n texts that were sent in this round.
func (t *tracker) record(n int, o outcome) { t.resolve(n, o, false) }

// expire does the same, and makes the outcome final.
func (t *tracker) expire(n int, o outcome) { t.resolve(n, o, true) }

func (t *tracker) resolve(n int, o outcome, final bool) {
	for n > 0 && len(t.pending) > 0 {
		first := &t.pending[0]
		k := min(n, first.n)
		t.update(k, first.outcome, o, final)
		o = o.behind(k)
		n -= k
		if first.n -= k; first.n == 0 {
			t.pending = t.pending[1:]
			t.releaseFinal()
		}
	}
	if n > 0 {
		t.update(n, notSent, o, final)
		t.listed += n
	}
}

// releaseFinal moves final entries from the front of pending.
func (t *tracker) releaseFinal() {
	for len(t.pending) > 0 && !t.pending[0].open {
		t.enqueue(t.pending[0])
		t.pending = t.pending[1:]
	}
}

// update lists n texts with their new outcome, from what was known and what o says.
func (t *tracker) update(n int, known, o outcome, final bool) {
	known, open := known.merge(o, t.resend)
	t.enqueue(entry{n, open && !final, known})
}

// countUnresolved returns how many of the next texts of this round, limit at most, meet a
// condition. The first that does not ends the count.
func (t *tracker) countUnresolved(limit int, met func(index int) bool) (n int) {
	index := t.listed
	for _, e := range t.pending {
		index -= e.n
	}
	for _, e := range t.pending {
		for i := index; e.open && i < index+e.n; i++ {
			if n == limit || !met(i) {
				return n
			}
			n++
		}
		index += e.n
	}
	for ; n < limit && met(index); index++ {
		n++
	}
	return n
}

// enqueue adds an entry behind the texts that are ready and held.
func (t *tracker) enqueue(e entry) {
	if e.open || len(t.held) > 0 {
		t.held = appendEntry(t.held, e)
		return
	}
	t.ready = appendEntry(t.ready, e)
	t.final += e.n
}

// appendEntry appends an entry, or extends the last one if both are alike.
func appendEntry(list []entry, e entry) []entry {
	if last := len(list) - 1; last >= 0 && list[last].open == e.open && list[last].outcome.behind(list[last].n) == e.outcome {
		list[last].n += e.n
		return list
	}
	return append(list, e)
}

// reject lists a text that is not sent, with its final outcome. The texts before it were
// sent, or will be.
func (t *tracker) reject(index int, o outcome) {
	if n := index - t.listed; n > 0 {
		t.pending = appendEntry(t.pending, entry{n, true, notSent})
	}
	t.listed = index + 1
	if e := (entry{1, false, o}); len(t.pending) > 0 {
		t.pending = appendEntry(t.pending, e)
	} else {
		t.enqueue(e)
	}
}

// startRound starts a round. All texts that were sent in the last one have an outcome.
func (t *tracker) startRound() {
	t.pending = append(t.held, t.pending...)
	t.held = nil
}

// resendRange is n consecutive texts that are to be sent again.
type resendRange struct {
	first, n int
	lost     bool // a host may have them already
}

// openRanges returns the open texts. It is called at the start of a round.
func (t *tracker) openRanges() []resendRange {
	var list []resendRange
	first := t.final
	for _, e := range t.pending {
		if e.open {
			list = append(list, resendRange{first, e.n, e.outcome.lost()})
		}
		first += e.n
	}
	return list
}

// attempted returns the first of the open texts that a host had, or -1. Of the lost ones among
// them it returns when the oldest was sent first, and until when one may have been forwarded;
// both are zero if there is none. It is called at the start of a round.
func (t *tracker) attempted() (first int, oldest, forwardedUntil time.Time) {
	first = -1
	index := t.final
	for i := range t.pending {
		e := &t.pending[i]
		index += e.n
		if !e.open || e.outcome.unsent {
			continue
		}
		if first < 0 {
			first = index - e.n
		}
		lost, ok := e.outcome.err.(*lostError)
		if ok && (oldest.IsZero() || lost.firstSent.Before(oldest)) {
			oldest = lost.firstSent
		}
		if ok && lost.forwardedUntil.After(forwardedUntil) {
			forwardedUntil = lost.forwardedUntil
		}
	}
	return first, oldest, forwardedUntil
}

// giveUpOverdue makes the outcome of texts final that a host had and whose time is up. Of an
// entry the first may be overdue and the others not. It is called at the start of a round.
func (t *tracker) giveUpOverdue(overdue func(index int) bool) {
	index := t.final
	var list []entry
	for _, e := range t.pending {
		n := 0
		if e.open && !e.outcome.unsent {
			for n < e.n && overdue(index+n) {
				n++
			}
		}
		if index += e.n; n > 0 {
			list = append(list, entry{n, false, e.outcome.gaveUp(ErrTimeout)})
		}
		if e.n -= n; e.n > 0 {
			list = append(list, e)
		}
	}
	t.pending = list
	t.releaseFinal()
}

// giveUp makes the outcome of the chosen open texts final. It is called at the start of a
// round.
func (t *tracker) giveUp(chosen func(*outcome) bool) {
	for i := range t.pending {
		if e := &t.pending[i]; e.open && chosen(&e.outcome) {
			e.open = false
		}
	}
	t.releaseFinal()
}

// closeAll makes the outcome of all listed texts final, for the reason given. It is called
// at the start of a round.
func (t *tracker) closeAll(reason error) {
	for i := range t.pending {
		e := &t.pending[i]
		if !e.open {
			continue
		}
		if e.outcome = e.outcome.gaveUp(reason); e.outcome.unsent {
			e.outcome.err = reason
		}
	}
	t.giveUp(func(*outcome) bool { return true })
}

// takeReady returns the final entries, in exchange for a list that is no longer used.
func (t *tracker) takeReady(spent []entry) []entry {
	ready := t.ready
	clear(spent)
	t.ready = spent[:0]
	return ready
}
