package marks

import (
	"testing"
	"time"
)

// In a ring of five, a host with a limit of 1000 runs has 166 for each origin: 83 if only
// others say that there are such runs, and 10 that one peer may bring at once. It may bring
// as many again in an hour, or one a minute.
func TestSharesOfARing(t *testing.T) {
	for name, tt := range map[string]struct {
		limit, hosts int
		want         RunLimits
	}{
		"five":                   {1000, 5, RunLimits{total: 166, unconfirmed: 83, burst: 10, interval: time.Minute}},
		"the default":            {100_000, 5, RunLimits{total: 16_666, unconfirmed: 8333, burst: 1041, interval: time.Hour / 1041}},
		"by itself":              {1000, 1, RunLimits{total: 500, unconfirmed: 250, burst: 125, interval: time.Hour / 125}},
		"the largest, the least": {1000, 64, RunLimits{total: 15, unconfirmed: 7, burst: 1, interval: time.Minute}},
	} {
		if got := NewRunLimits(tt.limit, tt.hosts); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// What the others take from a lying host together is less than what each of them takes
// unconfirmed. So they come to hold the same.
func TestWhatWasToldToOthersHasAPlace(t *testing.T) {
	for hosts := 2; hosts <= 64; hosts++ {
		if s := NewRunLimits(100_000, hosts); s.burst*(hosts-1) > s.unconfirmed/2+hosts {
			t.Errorf("in a ring of %d: %+v", hosts, s)
		}
	}
}

// took counts how many runs like n are taken at a time, at most a thousand.
func took(c *RunLimiter, n UnknownRun, s RunLimits, now time.Time) (count int) {
	for count < 1000 && c.Admits(n, s, now) {
		c.Add(n, s, now)
		count++
	}
	return count
}

func TestRunsAreTakenByOriginByWhoBringsThemAndByTime(t *testing.T) {
	s, c := NewRunLimits(1000, 5), new(RunLimiter)
	steps := []struct {
		name string
		run  UnknownRun
		at   float64
		want int
	}{
		{"a liar invents runs of another", UnknownRun{Peer: 1, Origin: 2}, 0, 10},
		{"and more of it", UnknownRun{Peer: 1, Origin: 2}, 59, 0},
		{"a minute later", UnknownRun{Peer: 1, Origin: 2}, 61, 1},
		{"of a third", UnknownRun{Peer: 1, Origin: 3}, 61, 10},
		{"of nobody", UnknownRun{Peer: 1, Origin: NotInRing}, 61, 10},
		{"another peer brings some", UnknownRun{Peer: 3, Origin: 2}, 61, 10},
		{"the origin brings its own", UnknownRun{Peer: 2, Origin: 2, FromOrigin: true}, 61, 10},
		{"and its present one", UnknownRun{Peer: 2, Origin: 2, FromOrigin: true, Present: true}, 61, 60},
		{"and another one", UnknownRun{Peer: 2, Origin: 2, FromOrigin: true, Present: true}, 62, 0},
		{"ten minutes later, of both", UnknownRun{Peer: 2, Origin: 2, FromOrigin: true, Present: true}, 662, 11},
	}
	for _, tt := range steps {
		if got := took(c, tt.run, s, at(tt.at)); got != tt.want {
			t.Errorf("%s: %d are taken, want %d", tt.name, got, tt.want)
		}
	}
}

// When the limit is reached nothing more is taken within it, but the present run is.
func TestAFullShare(t *testing.T) {
	s, c := NewRunLimits(1000, 5), new(RunLimiter)
	full := new(Vector)
	for i := range 166 {
		full.Set(Mark{Run: numbered(i), Seq: 1})
	}
	half := full.Clone()
	for i := 83; i < 166; i++ {
		half.Set(Mark{Run: numbered(i)})
	}
	index := func(origin string) (int, bool) { return 2, origin == "MV" }
	for name, tt := range map[string]struct {
		held *Vector
		run  UnknownRun
		want int
	}{
		"half, on the word of others": {half, UnknownRun{Peer: 1, Origin: 2}, 0},
		"half, by the origin":         {half, UnknownRun{Peer: 2, Origin: 2, FromOrigin: true}, 10},
		"full, by the origin":         {full, UnknownRun{Peer: 2, Origin: 2, FromOrigin: true}, 0},
		"full, the present one":       {full, UnknownRun{Peer: 2, Origin: 2, FromOrigin: true, Present: true}, 60},
		"full, another host's":        {full, UnknownRun{Peer: 1, Origin: 3}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			c = new(RunLimiter)
			c.Reset(tt.held, index)
			if got := took(c, tt.run, s, at(0)); got != tt.want {
				t.Errorf("%d are taken, want %d", got, tt.want)
			}
		})
	}
	c.Remove(2)
	if origin := OriginIndex(Run{Origin: "X"}, index); origin != NotInRing {
		t.Errorf("a stranger is host %d", origin)
	}
}

// With a larger limit there is room at once, whatever was brought before; with a smaller
// one there is none, and no wait that is longer than after that limit alone.
func TestAnotherLimitIsInForceAtOnce(t *testing.T) {
	s, c, n := NewRunLimits(1000, 5), new(RunLimiter), UnknownRun{Peer: 1, Origin: 2}
	took(c, n, s, at(0))
	larger := NewRunLimits(100_000, 5)
	if got := took(c, n, larger, at(0)); got != 1000 {
		t.Errorf("after the limit was raised %d are taken, want 1000", got)
	}
	c = new(RunLimiter)
	for range 40 {
		c.Add(n, larger, at(0))
	}
	if got := took(c, n, s, at(0)); got != 0 {
		t.Errorf("after the limit was lowered %d are taken", got)
	}
	if got := took(c, n, s, at(31*60)); got != 1 {
		t.Errorf("half an hour later %d are taken, want 1", got)
	}
}

// A peer is asked for more when it is free to bring many, not for each single run.
func TestAPeerIsAskedWhenItPays(t *testing.T) {
	s, c, n := NewRunLimits(1000, 5), new(RunLimiter), UnknownRun{Peer: 1, Origin: 2}
	if !c.WorthAsking(n, s, at(0)) {
		t.Error("not at first")
	}
	took(c, n, s, at(0))
	for _, tt := range []struct {
		at          float64
		takes, asks bool
	}{{0, false, false}, {60, true, false}, {4 * 60, true, false}, {5 * 60, true, true}} {
		if takes, asks := c.Admits(n, s, at(tt.at)), c.WorthAsking(n, s, at(tt.at)); takes != tt.takes || asks != tt.asks {
			t.Errorf("after %v s: takes %v, asks %v", tt.at, takes, asks)
		}
	}
}
