package client

import "time"

// docket lists the texts of a SendAll in their order, with what is known of each.
// Texts are sent in rounds, each over one connection: first those that are open
// from the rounds before, then new ones. Verdicts come in the order of sending;
// what they say is given out in the order of the texts. So behind a text that is
// open, what is final waits.
//
// Texts count from 0 on. Those that are listed are in this order: given out or
// ready, then held, then ahead. New ones are listed when they get a verdict, or
// when others behind them do.
type docket struct {
	resend bool // what is lost is to be sent again

	ready []tally // all final
	held  []tally // has had its verdict in this round; the first is open
	ahead []tally // waits for its verdict; the first is open

	listed int // in the three, or given out
	final  int // of these, ready or given out
}

// tally is n texts in a row of which the same is known.
type tally struct {
	n    int
	open bool // without a final verdict
	v    verdict
}

// never is what is known of a text that was not sent yet.
var never = verdict{unsent: true}

// judge gives the verdict v on the next n texts that were sent in this round.
func (d *docket) judge(n int, v verdict) {
	for n > 0 && len(d.ahead) > 0 {
		first := &d.ahead[0]
		k := min(n, first.n)
		d.rule(k, first.v, v)
		n -= k
		if first.n -= k; first.n == 0 {
			d.ahead = d.ahead[1:]
			d.passFinal()
		}
	}
	if n > 0 {
		d.rule(n, never, v)
		d.listed += n
	}
}

// passFinal passes on what is final at the front of ahead.
func (d *docket) passFinal() {
	for len(d.ahead) > 0 && !d.ahead[0].open {
		d.put(d.ahead[0])
		d.ahead = d.ahead[1:]
	}
}

// rule puts n texts behind the others, with what is known after v.
func (d *docket) rule(n int, known, v verdict) {
	known, open := known.then(v, d.resend)
	d.put(tally{n, open, known})
}

func (d *docket) put(t tally) {
	if t.open || len(d.held) > 0 {
		d.held = add(d.held, t)
		return
	}
	d.ready = add(d.ready, t)
	d.final += t.n
}

// add appends a tally. Neighbours that are alike become one.
func add(list []tally, t tally) []tally {
	if last := len(list) - 1; last >= 0 && list[last].open == t.open && list[last].v == t.v {
		list[last].n += t.n
		return list
	}
	return append(list, t)
}

// refuse lists the text at a place with a final verdict: it was not sent. Those
// before it were, or will be.
func (d *docket) refuse(place int, v verdict) {
	if n := place - d.listed; n > 0 {
		d.ahead = add(d.ahead, tally{n, true, never})
	}
	d.listed = place + 1
	if t := (tally{1, false, v}); len(d.ahead) > 0 {
		d.ahead = add(d.ahead, t)
	} else {
		d.put(t)
	}
}

// begin begins a round. All that was sent in the last one has had its verdict.
func (d *docket) begin() {
	d.ahead = append(d.held, d.ahead...)
	d.held = nil
}

// stretch is n texts in a row, to be sent again.
type stretch struct {
	place, n int
	lost     bool // somebody may have them already
}

// open returns the texts that are open. It is for the beginning of a round.
func (d *docket) open() []stretch {
	var list []stretch
	place := d.final
	for _, t := range d.ahead {
		if t.open {
			list = append(list, stretch{place, t.n, t.v.lost()})
		}
		place += t.n
	}
	return list
}

// tried reports whether a host had any of the open texts. Of those that are lost it
// tells when the oldest was sent, or zero, and until when one may have been passed on.
// It is for the beginning of a round.
func (d *docket) tried() (any bool, oldest, passed time.Time) {
	for i := range d.ahead {
		t := &d.ahead[i]
		if !t.open || t.v.unsent {
			continue
		}
		any = true
		e, lost := t.v.err.(*lostError)
		if lost && (oldest.IsZero() || e.since.Before(oldest)) {
			oldest = e.since
		}
		if lost && e.passed.After(passed) {
			passed = e.passed
		}
	}
	return any, oldest, passed
}

// giveUp makes final what is known of the open texts that are chosen. It is for
// the beginning of a round.
func (d *docket) giveUp(chosen func(*verdict) bool) {
	for i := range d.ahead {
		if t := &d.ahead[i]; t.open && chosen(&t.v) {
			t.open = false
		}
	}
	d.passFinal()
}

// end makes final what is known of all texts that are listed, for the reason given.
// It is for the beginning of a round.
func (d *docket) end(reason error) {
	for i := range d.ahead {
		t := &d.ahead[i]
		if e, lost := t.v.err.(*lostError); t.open && lost {
			t.v.err = e.ended(reason)
		}
		if t.open && t.v.unsent {
			t.v.err = reason
		}
	}
	d.giveUp(func(*verdict) bool { return true })
}

// take gives out what is ready, in exchange for a list that is no longer needed.
func (d *docket) take(spent []tally) []tally {
	ready := d.ready
	clear(spent)
	d.ready = spent[:0]
	return ready
}
