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
		parties := []party{make(call, 1), make(call, 1), newStream(&Config{Window: 1})}
		f := flight{size: rapid.IntRange(1, 40).Draw(t, "size")}
		var model []party // unanswered, oldest first
		first, handed := uint64(1), 0
		now := dawn
		var times []time.Time // of handing over, by id
		take := func(runs []run) {
			for _, r := range runs {
				for range r.n {
					if model[0] != r.to {
						t.Fatalf("id %d is given to the wrong party", first)
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
				to := rapid.SampledFrom(parties).Draw(t, "party")
				if id, want := f.queue(to), first+uint64(len(model)); id != want {
					t.Fatalf("id %d, want %d", id, want)
				}
				model = append(model, to)
			},
			"hand": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "passes")))
				f.hand(now)
				for handed = len(model); len(times) < int(f.handed); {
					times = append(times, now)
				}
			},
			"answer": func(t *rapid.T) {
				id := rapid.Uint64Range(max(first, 3)-3, first+uint64(len(model))+2).Draw(t, "id")
				runs, err := f.answer(id, nil)
				if good := id >= first && id < first+uint64(handed); good != (err == nil) {
					t.Fatalf("answer(%d) = %v with %d handed from %d on", id, err, handed, first)
				}
				before := len(model)
				take(runs)
				handed -= before - len(model)
			},
			"": func(t *rapid.T) {
				if got, want := f.free(), f.size-len(model); got != want {
					t.Fatalf("free is %d, want %d", got, want)
				}
				if f.pending() != (handed > 0) {
					t.Fatalf("pending is %v with %d handed", f.pending(), handed)
				}
				if f.pending() && times[f.answered].Before(f.since) {
					t.Fatalf("since %v nothing was handed over, but id %d was at %v", f.since, f.answered+1, times[f.answered])
				}
			},
		})
		lost, unsent := f.ground()
		before := len(model)
		if take(lost); before-len(model) != handed {
			t.Fatalf("%d are lost, want %d", before-len(model), handed)
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
	to := make(call, 1)
	for s := range 60 { // each is answered 3 s after it was handed over
		f.queue(to)
		f.hand(at(s))
		if s >= 3 {
			_, _ = f.answer(uint64(s-2), nil)
		}
		if s > 10 && f.since.Before(at(s-8)) {
			t.Fatalf("after %d s the oldest is said to be of %v", s, f.since.Sub(dawn))
		}
	}
	_, _ = f.answer(60, nil)
	f.queue(to)
	if f.hand(at(3600)); !f.since.Equal(at(3600)) {
		t.Errorf("after an hour the only one is said to be of %v", f.since.Sub(dawn))
	}
}

func rosterOf(order Order, n int) *roster {
	return newRoster(&Config{
		Order: order, Hosts: make([]string, n), Rand: rand.NewPCG(1, 2),
		Retry: Retry{Initial: DefaultRetryInitial, Max: DefaultRetryMax},
	})
}

func TestRosterRoundRobin(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := rosterOf(RoundRobin, 4)
	var first []int
	for range 6 {
		first = append(first, r.candidates(now)[0])
	}
	if want := []int{0, 1, 2, 3, 0, 1}; !slices.Equal(first, want) {
		t.Errorf("turns %v, want %v", first, want)
	}
	r.failed(2, now)
	r.failed(3, now.Add(time.Minute)) // whatever the jitter, later than 2
	if got, want := r.candidates(now), []int{0, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("while 2 and 3 rest: %v, want %v", got, want)
	}
	r.answered(2)
	r.use(1) // as if 0 had failed, unnoticed
	if got := r.candidates(now)[0]; got != 2 {
		t.Errorf("after 1 comes %d, want 2", got)
	}
}

func TestRosterRandom(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := rosterOf(Random, 5)
	var counts [5]int
	for range 1000 {
		all := r.candidates(now)
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
	r.failed(3, now)
	for range 100 {
		if all := r.candidates(now); all[4] != 3 {
			t.Fatalf("a host that rests is not the last: %v", all)
		}
	}
}

// TestRosterBackoff: waits grow, are jittered, stay below the maximum, and
// begin anew when the host has answered.
func TestRosterBackoff(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := rosterOf(Specific, 1)
	lowest := DefaultRetryInitial / 2
	for i := range 20 {
		r.failed(0, now)
		pause := r.pause(0, now)
		if pause < lowest || pause > DefaultRetryMax {
			t.Errorf("wait %d is %v, want %v to %v", i, pause, lowest, DefaultRetryMax)
		}
		lowest = min(2*lowest, DefaultRetryMax/2)
		if got := r.pause(0, now.Add(pause)); got != 0 {
			t.Errorf("still %v after the pause", got)
		}
	}
	r.answered(0)
	if r.pause(0, now) != 0 {
		t.Error("a host that answered rests")
	}
	r.failed(0, now)
	if pause := r.pause(0, now); pause > 3*DefaultRetryInitial/2 {
		t.Errorf("the first wait after an answer is %v", pause)
	}
}

// TestRosterSilence: a host that was silent rests long from the first time on, but not
// for longer than any may, and begins anew like others.
func TestRosterSilence(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := rosterOf(RoundRobin, 2)
	for range 20 {
		if r.silenced(0, now); r.pause(0, now) < silentRest || r.pause(0, now) > DefaultRetryMax {
			t.Errorf("it rests for %v", r.pause(0, now))
		}
	}
	if r.answered(0); r.pause(0, now) != 0 {
		t.Error("it answered, and rests")
	}
	short := newRoster(&Config{Hosts: make([]string, 1), Rand: rand.NewPCG(1, 2), Retry: Retry{time.Second, time.Second}})
	if short.silenced(0, now); short.pause(0, now) > time.Second {
		t.Errorf("it rests for %v, and should for a second", short.pause(0, now))
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
			if _, err := cfg.complete(); (err == nil) != test.ok {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestServerWait(t *testing.T) {
	for timeout, want := range map[time.Duration]uint32{
		time.Millisecond: 1, 5 * time.Second: 4500, maxTimeout: 77_760_000,
	} {
		if got := serverWait(timeout); got != want {
			t.Errorf("of %v the server is told %d ms, want %d", timeout, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	var got Summary
	for _, err := range []error{
		nil, nil, &CopiesError{}, &RefusedError{}, &lostError{cause: errEnded}, &noHostError{}, errors.New("other"),
	} {
		got.count(&verdict{err: err}, 1)
	}
	want := Summary{Acknowledged: 3, Short: 1, Refused: 1, Unacknowledged: 1, Unsent: 2}
	if diff := cmp.Diff(want, got); diff != "" || got.Total() != 7 {
		t.Errorf("%d in all; want, got:\n%s", got.Total(), diff)
	}
}
