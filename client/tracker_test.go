package client

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Outcomes of each kind.
var (
	dawn    = time.Unix(1e9, 0)
	kept    = outcome{host: "a", copies: 1}
	short   = outcome{host: "a", copies: 1, err: &CopiesError{Have: 1, Want: 2}}
	badText = outcome{host: "a", err: &RefusedError{Refusal: RefusalControl, Host: "a"}}
	unfit   = outcome{host: "b", err: &RefusedError{Refusal: RefusalStopping, Host: "b"}}
	gone    = outcome{host: "c", err: &lostError{"c", errHostClosed, dawn, dawn.Add(time.Second)}}
	silent  = outcome{host: "d", err: &lostError{"d", errHostSilent, dawn.Add(time.Minute), dawn}}
	unsent  = outcome{unsent: true, err: errHostClosed}
)

// TestMerge: what is known after one more attempt.
func TestMerge(t *testing.T) {
	tests := map[string]struct {
		before, next outcome
		want         outcome
		open         bool
	}{
		"kept":                     {notSent, kept, kept, false},
		"kept, by few":             {notSent, short, short, false},
		"a bad text":               {notSent, badText, badText, false},
		"an unfit host":            {notSent, unfit, unfit, true},
		"lost":                     {notSent, gone, gone, true},
		"not sent":                 {notSent, unsent, unsent, true},
		"lost, then kept":          {gone, kept, kept, false},
		"lost, then a bad text":    {gone, badText, gone, false},
		"lost, then an unfit host": {gone, unfit, gone, true},
		"lost, then not sent":      {gone, unsent, gone, true},
		"refused, then kept":       {unfit, kept, kept, false},
		"refused, then lost":       {unfit, gone, gone, true},
		"refused, then not sent":   {unfit, unsent, unfit, true},
		"refused, then a bad text": {unfit, badText, badText, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, open := test.before.merge(test.next, true); got != test.want || open != test.open {
				t.Errorf("got %+v, %v; want %+v, %v", got, open, test.want, test.open)
			}
			_, open := test.before.merge(test.next, false)
			if want := test.open && !test.next.lost(); open != want {
				t.Errorf("without resending: open is %v, want %v", open, want)
			}
		})
	}
	got, open := gone.merge(silent, true)
	if e := got.err.(*lostError); !open || got.host != "d" || !errors.Is(e, errHostSilent) || !e.firstSent.Equal(dawn) {
		t.Errorf("lost twice: %+v, %v", got, open)
	}
}

// entry is one text, as a plain list has it.
type modelText struct {
	known outcome
	open  bool
}

// same compares outcomes, of which each may have its own error.
func same(a, b outcome) bool {
	x, lost := a.err.(*lostError)
	if y, too := b.err.(*lostError); lost && too {
		a.err, b.err = nil, nil
		return a == b && x.firstSent == y.firstSent && x.forwardedUntil == y.forwardedUntil && x.Error() == y.Error()
	}
	return a == b
}

// model is a tracker with one entry for each text.
type model struct {
	texts []modelText
	sent  []int // in this round, without an outcome
}

func (p *model) record(n int, o outcome, resend bool) {
	for _, place := range p.sent[:n] {
		e := &p.texts[place]
		e.known, e.open = e.known.merge(o, resend)
	}
	p.sent = p.sent[n:]
}

// TestTracker compares a tracker with a plain list.
func TestTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := tracker{resend: rapid.Bool().Draw(t, "resend")}
		var p model
		var taken []entry
		outcomes := rapid.SampledFrom([]outcome{kept, kept, short, badText, unfit, gone, unsent})
		draw := func() int {
			p.texts = append(p.texts, modelText{known: notSent, open: true})
			return len(p.texts) - 1
		}
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				for range rapid.IntRange(1, 4).Draw(t, "texts") {
					p.sent = append(p.sent, draw())
				}
			},
			"refuse": func(*rapid.T) {
				place := draw()
				p.texts[place] = modelText{known: badText}
				d.reject(place, badText)
			},
			"judge": func(t *rapid.T) {
				if len(p.sent) == 0 {
					t.Skip("nothing is on its way")
				}
				n, o := rapid.IntRange(1, len(p.sent)).Draw(t, "texts"), outcomes.Draw(t, "outcome")
				d.record(n, o)
				p.record(n, o, d.resend)
			},
			"expire": func(t *rapid.T) {
				first := rapid.IntRange(0, len(p.texts)).Draw(t, "the first that is not overdue")
				want := 0
				for want < len(p.sent) && p.sent[want] < first {
					want++
				}
				n := d.countUnresolved(len(p.sent), func(place int) bool { return place < first })
				if n != want {
					t.Fatalf("%d are overdue, want %d", n, want)
				}
				d.expire(n, gone)
				expired := p.sent[:n]
				p.record(n, gone, d.resend)
				for _, place := range expired {
					p.texts[place].open = false
				}
			},
			"round": func(t *rapid.T) {
				o := outcomes.Draw(t, "outcome of the rest")
				if n := len(p.sent); n > 0 {
					d.record(n, o)
					p.record(n, o, d.resend)
				}
				d.startRound()
				if rapid.Bool().Draw(t, "give up what is lost") {
					d.giveUp((*outcome).lost)
					for i := range p.texts {
						p.texts[i].open = p.texts[i].open && !p.texts[i].known.lost()
					}
				}
				overdue := rapid.IntRange(0, len(p.texts)).Draw(t, "the first that is not overdue")
				d.giveUpOverdue(func(place int) bool { return place < overdue })
				for i := range overdue {
					if e := &p.texts[i]; e.open && !e.known.unsent {
						e.known, e.open = e.known.gaveUp(ErrTimeout), false
					}
				}
				requireOpen(t, &d, &p)
				again := rapid.IntRange(0, len(p.sent)).Draw(t, "sent again") // the others stay for the next round
				if p.sent = p.sent[:again]; again > 0 {
					n := rapid.IntRange(1, again).Draw(t, "texts")
					d.record(n, kept)
					p.record(n, kept, d.resend)
				}
				d.record(len(p.sent), unsent)
				p.record(len(p.sent), unsent, d.resend)
				d.startRound()
				requireOpen(t, &d, &p)
			},
			"take": func(*rapid.T) { taken = append(taken, d.takeReady(nil)...) },
			"":     func(t *rapid.T) { requireReported(t, &d, &p, taken) },
		})
		d.record(len(p.sent), gone)
		p.record(len(p.sent), gone, d.resend)
		d.startRound()
		d.closeAll(errSequenceBroken)
		for i := range p.texts {
			e := &p.texts[i]
			if lost, is := e.known.err.(*lostError); is && e.open {
				e.known.err = lost.gaveUp(errSequenceBroken)
			}
			if e.open = false; e.known.unsent {
				e.known.err = errSequenceBroken
			}
		}
		taken = append(taken, d.takeReady(nil)...)
		requireReported(t, &d, &p, taken)
		if d.final != len(p.texts) || len(d.pending)+len(d.held) > 0 {
			t.Fatalf("%d of %d are final", d.final, len(p.texts))
		}
	})
}

// requireOpen begins a round of p, with what d says is open.
func requireOpen(t *rapid.T, d *tracker, p *model) {
	first := -1
	p.sent = nil
	for _, o := range d.openRanges() {
		for place := o.first; place < o.first+o.n; place++ {
			if e := p.texts[place]; !e.open || e.known.lost() != o.lost {
				t.Fatalf("text %d is open, lost: %v; want %+v", place, o.lost, e)
			}
			p.sent = append(p.sent, place)
			if first < 0 && !p.texts[place].known.unsent {
				first = place
			}
		}
	}
	open := 0
	for _, e := range p.texts {
		if e.open {
			open++
		}
	}
	tried, oldest, passed := d.attempted()
	if oldest.IsZero() != passed.IsZero() {
		t.Fatalf("the oldest is of %v, but passed on until %v", oldest, passed)
	}
	if len(p.sent) != open || tried != first || !oldest.IsZero() && !oldest.Equal(dawn) {
		t.Fatalf("%d of %d are open; tried from %d, want %d; the oldest is of %v", len(p.sent), open, tried, first, oldest)
	}
}

// requireReported: what was taken and ready is all that is final before the first open
// text.
func requireReported(t *rapid.T, d *tracker, p *model, taken []entry) {
	place := 0
	for _, y := range append(taken[:len(taken):len(taken)], d.ready...) {
		for range y.n {
			if e := p.texts[place]; e.open || !same(e.known, y.outcome) {
				t.Fatalf("text %d is reported as %+v, want %+v", place, y.outcome, e)
			}
			place++
		}
	}
	if place != d.final {
		t.Fatalf("%d are taken or ready, final are %d", place, d.final)
	}
	if place < len(p.texts) && !p.texts[place].open {
		t.Fatalf("text %d is final and not reported", place)
	}
}
