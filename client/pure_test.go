package client

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestFlight compares a flight with a plain list of who is owed an answer.
func TestFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		senders := []sender{newCall(1), newCall(1), &round{}}
		f := flight{size: rapid.IntRange(1, 40).Draw(t, "size")}
		var model []sender // unanswered, oldest first
		first, sent := uint64(1), 0
		now := dawn
		var times []time.Time // of handing over, by id
		take := func(messages []owned) {
			for _, r := range messages {
				for range r.n {
					if model[0] != r.sender {
						t.Fatalf("id %d is given to the wrong sender", first)
					}
					model, first = model[1:], first+1
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"queue": func(t *rapid.T) {
				if f.free() == 0 {
					t.Skip("full")
				}
				to := rapid.SampledFrom(senders).Draw(t, "sender")
				if id, want := f.queue(to), first+uint64(len(model)); id != want {
					t.Fatalf("id %d, want %d", id, want)
				}
				model = append(model, to)
			},
			"send": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "passes")))
				f.markSent(now)
				for sent = len(model); len(times) < int(f.sent); {
					times = append(times, now)
				}
			},
			"answer": func(t *rapid.T) {
				id := rapid.Uint64Range(max(first, 3)-3, first+uint64(len(model))+2).Draw(t, "id")
				messages, err := f.answer(id, nil)
				if good := id >= first && id < first+uint64(sent); good != (err == nil) {
					t.Fatalf("answer(%d) = %v with %d sent from %d on", id, err, sent, first)
				}
				before := len(model)
				take(messages)
				sent -= before - len(model)
			},
			"": func(t *rapid.T) {
				if got, want := f.free(), f.size-len(model); got != want {
					t.Fatalf("free is %d, want %d", got, want)
				}
				if f.pending() != (sent > 0) {
					t.Fatalf("pending is %v with %d sent", f.pending(), sent)
				}
				if f.pending() && times[f.answered].Before(f.sentAfter) {
					t.Fatalf("since %v nothing was sent, but id %d was at %v", f.sentAfter, f.answered+1, times[f.answered])
				}
			},
		})
		lost, unsent := f.abandon()
		before := len(model)
		if take(lost); before-len(model) != sent {
			t.Fatalf("%d are lost, want %d", before-len(model), sent)
		}
		if take(unsent); len(model) != 0 {
			t.Fatalf("%d are forgotten", len(model))
		}
	})
}

// TestAge: what is unanswered is not taken for much older than it is, though the
// flight is never empty, or was for long.
func TestAge(t *testing.T) {
	at := func(s int) time.Time { return dawn.Add(time.Duration(s) * time.Second) }
	f := flight{size: 100}
	to := newCall(1)
	for s := range 60 { // each is answered 3 s after it was sent
		f.queue(to)
		f.markSent(at(s))
		if s >= 3 {
			_, _ = f.answer(uint64(s-2), nil)
		}
		if s > 10 && f.sentAfter.Before(at(s-8)) {
			t.Fatalf("after %d s the oldest is said to be of %v", s, f.sentAfter.Sub(dawn))
		}
	}
	_, _ = f.answer(60, nil)
	f.queue(to)
	if f.markSent(at(3600)); !f.sentAfter.Equal(at(3600)) {
		t.Errorf("after an hour the only one is said to be of %v", f.sentAfter.Sub(dawn))
	}
}

func pickerOf(order Order, n int) *picker {
	return newPicker(&Config{
		Order: order, Hosts: make([]string, n), Rand: rand.NewPCG(1, 2),
		Retry: Retry{Initial: DefaultRetryInitial, Max: DefaultRetryMax},
	})
}

func TestPickerRoundRobin(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pickerOf(RoundRobin, 4)
	var first []int
	for range 6 {
		first = append(first, p.candidates(now)[0])
	}
	if want := []int{0, 1, 2, 3, 0, 1}; !slices.Equal(first, want) {
		t.Errorf("turns %v, want %v", first, want)
	}
	p.failed(2, now)
	p.failed(3, now.Add(time.Minute)) // whatever the jitter, later than 2
	if got, want := p.candidates(now), []int{0, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("while 2 and 3 rest: %v, want %v", got, want)
	}
	p.answered(2)
	p.advance(1) // as if 0 had failed, unnoticed
	if got := p.candidates(now)[0]; got != 2 {
		t.Errorf("after 1 comes %d, want 2", got)
	}
}

func TestPickerRandom(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pickerOf(Random, 5)
	var counts [5]int
	for range 1000 {
		all := p.candidates(now)
		counts[all[0]]++
		if slices.Sort(all); !slices.Equal(all, []int{0, 1, 2, 3, 4}) {
			t.Fatalf("not each host once: %v", all)
		}
	}
	for i, n := range counts {
		if n < 140 || n > 260 {
			t.Errorf("host %d is chosen %d times in 1000", i, n)
		}
	}
	p.failed(3, now)
	for range 100 {
		if all := p.candidates(now); all[4] != 3 {
			t.Fatalf("a host that rests is not the last: %v", all)
		}
	}
}

// TestPickerBackoff: waits grow, are jittered, stay below the maximum, and
// begin anew when the host has answered.
func TestPickerBackoff(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pickerOf(Specific, 1)
	lowest := DefaultRetryInitial / 2
	for i := range 20 {
		p.failed(0, now)
		pause := p.backoffLeft(0, now)
		if pause < lowest || pause > DefaultRetryMax {
			t.Errorf("wait %d is %v, want %v to %v", i, pause, lowest, DefaultRetryMax)
		}
		lowest = min(2*lowest, DefaultRetryMax/2)
		if got := p.backoffLeft(0, now.Add(pause)); got != 0 {
			t.Errorf("still %v after the pause", got)
		}
	}
	p.answered(0)
	if p.backoffLeft(0, now) != 0 {
		t.Error("a host that answered rests")
	}
	p.failed(0, now)
	if pause := p.backoffLeft(0, now); pause > 3*DefaultRetryInitial/2 {
		t.Errorf("the first wait after an answer is %v", pause)
	}
}

// TestPickerSilence: a host that was silent rests long from the first time on, but not
// for longer than any may, and begins anew like others.
func TestPickerSilence(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pickerOf(RoundRobin, 2)
	for range 20 {
		if p.wentSilent(0, now); p.backoffLeft(0, now) < minSilentBackoff || p.backoffLeft(0, now) > DefaultRetryMax {
			t.Errorf("it rests for %v", p.backoffLeft(0, now))
		}
	}
	if p.answered(0); p.backoffLeft(0, now) != 0 {
		t.Error("it answered, and rests")
	}
	short := newPicker(&Config{Hosts: make([]string, 1), Rand: rand.NewPCG(1, 2), Retry: Retry{time.Second, time.Second}})
	if short.wentSilent(0, now); short.backoffLeft(0, now) > time.Second {
		t.Errorf("it rests for %v, and should for a second", short.backoffLeft(0, now))
	}
}

func TestConfig(t *testing.T) {
	good := Config{Hosts: []string{"a:1"}}
	tests := map[string]struct {
		change func(*Config)
		ok     bool
	}{
		"defaults":        {func(*Config) {}, true},
		"no hosts":        {func(c *Config) { c.Hosts = nil }, false},
		"no such order":   {func(c *Config) { c.Order = 3 }, false},
		"two for one":     {func(c *Config) { c.Order = Specific; c.Hosts = []string{"a:1", "b:1"} }, false},
		"negative copies": {func(c *Config) { c.MinCopies = -1 }, false},
		"no time":         {func(c *Config) { c.Timeout = time.Microsecond }, false},
		"too much time":   {func(c *Config) { c.Timeout = 25 * time.Hour }, false},
		"window":          {func(c *Config) { c.Window = -1 }, false},
		"window of 1":     {func(c *Config) { c.Window = 1 }, true},
		"keep-alive":      {func(c *Config) { c.KeepAlive = 300 * time.Second }, false},
		"silence":         {func(c *Config) { c.Silence = 900 * time.Millisecond }, false},
		"silence of 1 s":  {func(c *Config) { c.Silence = time.Second }, true},
		"long silence":    {func(c *Config) { c.Silence = time.Hour }, true},
		"retry":           {func(c *Config) { c.Retry = Retry{time.Minute, time.Second} }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.change(&cfg)
			if _, err := cfg.withDefaults(); (err == nil) != test.ok {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestServerWait(t *testing.T) {
	for timeout, want := range map[time.Duration]uint32{
		time.Millisecond: 1, 5 * time.Second: 4500, maxTimeout: 77_760_000,
	} {
		if got := copiesTimeout(timeout); got != want {
			t.Errorf("of %v the server is told %d ms, want %d", timeout, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	var got Summary
	for _, err := range []error{
		nil, nil, &CopiesError{}, &RefusedError{}, &lostError{cause: errHostClosed}, &noHostError{}, errors.New("other"),
	} {
		got.count(&outcome{err: err}, 1)
	}
	want := Summary{Acknowledged: 3, Short: 1, Refused: 1, Unacknowledged: 1, Unsent: 2}
	if diff := cmp.Diff(want, got); diff != "" || got.Total() != 7 {
		t.Errorf("%d in all; want, got:\n%s", got.Total(), diff)
	}
}
