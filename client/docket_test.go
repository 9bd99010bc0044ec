package client

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/messages/pzog"
)

// Verdicts of each kind.
var (
	dawn    = time.Unix(1e9, 0)
	kept    = verdict{host: "a", copies: 1}
	short   = verdict{host: "a", copies: 1, err: &CopiesError{Have: 1, Want: 2}}
	badText = verdict{host: "a", err: &RefusedError{Refusal: pzog.Refusal_CONTROL, Host: "a"}}
	unfit   = verdict{host: "b", err: &RefusedError{Refusal: pzog.Refusal_STOPPING, Host: "b"}}
	gone    = verdict{host: "c", err: &lostError{"c", errEnded, dawn, dawn.Add(time.Second)}}
	silent  = verdict{host: "d", err: &lostError{"d", errSilent, dawn.Add(time.Minute), dawn}}
	unsent  = verdict{unsent: true, err: errEnded}
)

// TestThen: what is known after one more verdict.
func TestThen(t *testing.T) {
	tests := map[string]struct {
		before, next verdict
		want         verdict
		open         bool
	}{
		"kept":                     {never, kept, kept, false},
		"kept, by few":             {never, short, short, false},
		"a bad text":               {never, badText, badText, false},
		"an unfit host":            {never, unfit, unfit, true},
		"lost":                     {never, gone, gone, true},
		"not sent":                 {never, unsent, unsent, true},
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
			if got, open := test.before.then(test.next, true); got != test.want || open != test.open {
				t.Errorf("got %+v, %v; want %+v, %v", got, open, test.want, test.open)
			}
			_, open := test.before.then(test.next, false)
			if want := test.open && !test.next.lost(); open != want {
				t.Errorf("without resending: open is %v, want %v", open, want)
			}
		})
	}
	got, open := gone.then(silent, true)
	if e := got.err.(*lostError); !open || got.host != "d" || !errors.Is(e, errSilent) || !e.since.Equal(dawn) {
		t.Errorf("lost twice: %+v, %v", got, open)
	}
}

// entry is one text, as a plain list has it.
type entry struct {
	known verdict
	open  bool
}

// same compares verdicts, of which each may have its own error.
func same(a, b verdict) bool {
	x, lost := a.err.(*lostError)
	if y, too := b.err.(*lostError); lost && too {
		a.err, b.err = nil, nil
		return a == b && x.since == y.since && x.passed == y.passed && x.Error() == y.Error()
	}
	return a == b
}

// plain is a docket without tallies.
type plain struct {
	texts []entry
	sent  []int // in this round, without a verdict
}

func (p *plain) judge(n int, v verdict, resend bool) {
	for _, place := range p.sent[:n] {
		e := &p.texts[place]
		e.known, e.open = e.known.then(v, resend)
	}
	p.sent = p.sent[n:]
}

// TestDocket compares a docket with a plain list.
func TestDocket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := docket{resend: rapid.Bool().Draw(t, "resend")}
		var p plain
		var told []tally
		verdicts := rapid.SampledFrom([]verdict{kept, kept, short, badText, unfit, gone, unsent})
		draw := func() int {
			p.texts = append(p.texts, entry{known: never, open: true})
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
				p.texts[place] = entry{known: badText}
				d.refuse(place, badText)
			},
			"judge": func(t *rapid.T) {
				if len(p.sent) == 0 {
					t.Skip("nothing is on its way")
				}
				n, v := rapid.IntRange(1, len(p.sent)).Draw(t, "texts"), verdicts.Draw(t, "verdict")
				d.judge(n, v)
				p.judge(n, v, d.resend)
			},
			"round": func(t *rapid.T) {
				v := verdicts.Draw(t, "verdict on the rest")
				if n := len(p.sent); n > 0 {
					d.judge(n, v)
					p.judge(n, v, d.resend)
				}
				d.begin()
				if rapid.Bool().Draw(t, "give up what is lost") {
					d.giveUp((*verdict).lost)
					for i := range p.texts {
						p.texts[i].open = p.texts[i].open && !p.texts[i].known.lost()
					}
				}
				requireOpen(t, &d, &p)
				again := rapid.IntRange(0, len(p.sent)).Draw(t, "sent again") // the others stay for the next round
				if p.sent = p.sent[:again]; again > 0 {
					n := rapid.IntRange(1, again).Draw(t, "texts")
					d.judge(n, kept)
					p.judge(n, kept, d.resend)
				}
				d.judge(len(p.sent), unsent)
				p.judge(len(p.sent), unsent, d.resend)
				d.begin()
				requireOpen(t, &d, &p)
			},
			"take": func(*rapid.T) { told = append(told, d.take(nil)...) },
			"":     func(t *rapid.T) { requireTold(t, &d, &p, told) },
		})
		d.judge(len(p.sent), gone)
		p.judge(len(p.sent), gone, d.resend)
		d.begin()
		d.end(errBroken)
		for i := range p.texts {
			e := &p.texts[i]
			if lost, is := e.known.err.(*lostError); is && e.open {
				e.known.err = lost.ended(errBroken)
			}
			if e.open = false; e.known.unsent {
				e.known.err = errBroken
			}
		}
		told = append(told, d.take(nil)...)
		requireTold(t, &d, &p, told)
		if d.final != len(p.texts) || len(d.ahead)+len(d.held) > 0 {
			t.Fatalf("%d of %d are final", d.final, len(p.texts))
		}
	})
}

// requireOpen begins a round of p, with what d says is open.
func requireOpen(t *rapid.T, d *docket, p *plain) {
	any := false
	p.sent = nil
	for _, o := range d.open() {
		for place := o.place; place < o.place+o.n; place++ {
			if e := p.texts[place]; !e.open || e.known.lost() != o.lost {
				t.Fatalf("text %d is open, lost: %v; want %+v", place, o.lost, e)
			}
			p.sent = append(p.sent, place)
			any = any || !p.texts[place].known.unsent
		}
	}
	open := 0
	for _, e := range p.texts {
		if e.open {
			open++
		}
	}
	tried, oldest, passed := d.tried()
	if oldest.IsZero() != passed.IsZero() {
		t.Fatalf("the oldest is of %v, but passed on until %v", oldest, passed)
	}
	if len(p.sent) != open || tried != any || !oldest.IsZero() && !oldest.Equal(dawn) {
		t.Fatalf("%d of %d are open; tried: %v, want %v; the oldest is of %v", len(p.sent), open, tried, any, oldest)
	}
}

// requireTold: what is told and ready is all that is final before the first open
// text.
func requireTold(t *rapid.T, d *docket, p *plain, told []tally) {
	place := 0
	for _, y := range append(told[:len(told):len(told)], d.ready...) {
		for range y.n {
			if e := p.texts[place]; e.open || !same(e.known, y.v) {
				t.Fatalf("text %d is told as %+v, want %+v", place, y.v, e)
			}
			place++
		}
	}
	if place != d.final {
		t.Fatalf("%d are told or ready, final are %d", place, d.final)
	}
	if place < len(p.texts) && !p.texts[place].open {
		t.Fatalf("text %d is final and not told", place)
	}
}
