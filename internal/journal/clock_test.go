package journal

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// hours returns times so many hours before noon.
func hours(before ...float64) (all []time.Time) {
	for _, h := range before {
		all = append(all, noon.Add(-time.Duration(h*float64(time.Hour))))
	}
	return all
}

// A clock is in doubt at a start if the log says something else.
func TestAClockIsHeldAgainstTheLog(t *testing.T) {
	for name, tt := range map[string]struct {
		trail []time.Time
		doubt string // what is in it
	}{
		"an empty log":                        {nil, ""},
		"a line of now":                       {hours(0), ""},
		"lines every day":                     {hours(100, 76, 52, 28, 4), ""},
		"a weekend without a line":            {hours(90, 47), ""},
		"three days without a line":           {hours(90, 72), "the newest line is of 2026-11-19T12:00:00Z"},
		"a clock that is years ahead":         {hours(40_000), "the newest line is of 2022-"},
		"it was ahead before the last start":  {hours(40_000, 5, 4), "it is at 2026-11-22T07:00:00Z, and before that the newest line is of 2022-"},
		"it is so for more than a day":        {hours(40_000, 25, 4), ""},
		"a clock that is a year behind":       {hours(-8760), "behind the newest line, of 2027-"},
		"a clock that is an hour behind":      {hours(5, -1), ""},
		"times of before it was set":          {[]time.Time{time.Unix(0, 0), time.Unix(9000, 0)}, ""},
		"a segment of before it was set":      {append(hours(20, 1), time.Unix(60, 0)), ""},
		"a segment without a time, and a gap": {append(hours(200), time.Time{}), "the newest line is of"},
	} {
		if got := contradiction(noon, tt.trail); !strings.Contains(got, tt.doubt) || (got == "") != (tt.doubt == "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// clockAct is something that befalls a clock: time goes by, it is set, a peer is heard whose
// clock differs by so much.
type clockAct func(c *clock)

func pass(d time.Duration) clockAct {
	return func(c *clock) { c.check(c.wall.Add(d), c.ran+d) }
}

func set(d time.Duration) clockAct {
	return func(c *clock) { c.check(c.wall.Add(d), c.ran) }
}

func says(peer string, ahead time.Duration) clockAct {
	return func(c *clock) { c.observe(peer, c.wall.Add(ahead), c.ran) }
}

// saysOften lets so many half days pass, on each of which a peer is heard, some seconds late.
func saysOften(peer string, ahead time.Duration, n int) clockAct {
	return func(c *clock) {
		for i := range n {
			says(peer, ahead-time.Duration(n+i%7)*time.Second)(c)
			pass(day / 2)(c)
		}
	}
}

func TestWhenAClockIsBelieved(t *testing.T) {
	slew := func(c *clock) {
		for range 1000 { // half a part in a thousand, for 12 days
			c.check(c.wall.Add(1000*time.Second+500*time.Millisecond), c.ran+1000*time.Second)
		}
	}
	for name, tt := range map[string]struct {
		ahead time.Duration // of the log at the start, whose newest line is an hour old
		acts  []clockAct
		doubt string
	}{
		"from the start":                 {0, nil, ""},
		"slewed":                         {0, []clockAct{slew}, ""},
		"set by an hour":                 {0, []clockAct{set(time.Hour), set(-time.Hour)}, ""},
		"set a day ahead":                {0, []clockAct{set(day)}, "it was set by 24h0m0s"},
		"set a day back":                 {0, []clockAct{set(-day)}, "it was set by -24h0m0s"},
		"set to 1970":                    {0, []clockAct{set(time.Unix(60, 0).Sub(noon)), pass(2 * day)}, "it was not set yet"},
		"set, and a day passes":          {0, []clockAct{set(day), pass(day)}, ""},
		"set, and most of a day":         {0, []clockAct{set(day), pass(day - 1)}, "it was set"},
		"set rightly, as a peer says":    {0, []clockAct{set(day), says("PA", -time.Minute)}, ""},
		"set wrongly, as peers say":      {0, []clockAct{says("PA", 0), says("G", 0), set(day), pass(20 * time.Hour)}, "it was set"},
		"set wrongly, for long":          {0, []clockAct{set(day), pass(day), says("PA", -day), says("G", -day)}, "it differs from those of G, PA"},
		"years ahead, alone":             {5 * 365 * day, nil, "the newest line is of 2021"},
		"years ahead, alone, for a day":  {5 * 365 * day, []clockAct{pass(day)}, ""},
		"years ahead, among peers":       {5 * 365 * day, []clockAct{pass(30 * day), says("PA", -5*365*day), says("G", -5*365*day)}, "it differs from"},
		"off for a month, a peer agrees": {30 * day, []clockAct{says("PA", time.Minute)}, ""},
		// A repair brings old lines before the new ones.
		"off for a month, and a repair":  {30 * day, []clockAct{says("PA", -20*day), says("PA", -10*day), says("PA", 0), says("PA", -5*day)}, ""},
		"off for a month, one disagrees": {30 * day, []clockAct{says("PA", -9*day), says("G", 0)}, "the newest line"},
		"off for a month, most agree":    {30 * day, []clockAct{says("PA", -9*day), says("G", 0), says("S", 0)}, ""},
		// One that lies, or is wrong, is one.
		"one lies":                        {0, []clockAct{says("PA", -900*day)}, ""},
		"one lies, the other way":         {0, []clockAct{says("PA", 900*day)}, ""},
		"one lies in a doubt":             {0, []clockAct{set(day), says("PA", -900*day), pass(12 * time.Hour)}, "it was set"},
		"one lies in a doubt, for a day":  {0, []clockAct{set(day), pass(12 * time.Hour), says("PA", -900*day), pass(12 * time.Hour)}, ""},
		"one lies, and one confirms":      {0, []clockAct{set(day), says("PA", -900*day), says("G", 0), says("S", 0)}, ""},
		"two lie, and three do not":       {0, []clockAct{says("PA", 9*day), says("G", 9*day), says("S", 0)}, ""},
		"two differ from the only one":    {0, []clockAct{says("PA", 9*day), says("G", 9*day)}, "it differs from those of G, PA"},
		"two differed, days ago":          {0, []clockAct{says("PA", 9*day), says("G", 9*day), pass(6 * day)}, "it differs"},
		"two differed, weeks ago":         {0, []clockAct{says("PA", 9*day), says("G", 9*day), pass(7 * day)}, ""},
		"they differ, and say so often":   {0, []clockAct{saysOften("PA", -9*day, 6), saysOften("G", -9*day, 30), saysOften("PA", -9*day, 2)}, "it differs"},
		"a liar is no more than its last": {0, []clockAct{says("PA", 900*day), pass(day), says("PA", 0), set(day), says("PA", 0)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := new(clock)
			c.start(noon, time.Minute, []time.Time{noon.Add(-time.Hour - tt.ahead)})
			c.whyDoubted()
			for _, act := range tt.acts {
				act(c)
			}
			if got := c.whyDoubted(); !strings.Contains(got, tt.doubt) || (got == "") != (tt.doubt == "") {
				t.Errorf("%q, want %q", got, tt.doubt)
			}
		})
	}
}

// By how much it was set is told once, and only if it was.
func TestAStep(t *testing.T) {
	c := new(clock)
	c.start(noon, 0, nil)
	for i, tt := range []struct{ passes, set, want time.Duration }{
		{5 * time.Second, 0, 0}, {5 * time.Second, time.Hour, 0}, {time.Hour, 50 * day, 50 * day}, {0, 0, 0}, {0, -50 * day, -50 * day},
	} {
		if got := c.check(c.wall.Add(tt.passes+tt.set), c.ran+tt.passes); got != tt.want {
			t.Errorf("%d: %v, want %v", i, got, tt.want)
		}
	}
}

// From when on a segment has its age.
func TestFromWhenASegmentHasItsAge(t *testing.T) {
	old, never := noon.Add(-9*day), time.Time{}
	for name, tt := range map[string]struct {
		sealed, changed, from time.Time
		known                 bool
	}{
		"sealed":              {old, never, old, true},
		"and not changed":     {old, old.Add(-time.Minute), old, true},
		"and restored":        {old, noon.Add(-day), noon.Add(-day), true},
		"changed in a future": {old, noon.Add(900 * day), old, true},
		"sealed in 1970":      {time.Unix(700, 0), time.Unix(700, 0), time.Unix(700, 0), false},
		"sealed in a future":  {noon.Add(day), never, noon.Add(day), false},
		"sealed in an hour":   {noon.Add(time.Hour), never, noon.Add(time.Hour), true},
	} {
		if from, known := agesFrom(tt.sealed, tt.changed, noon); !from.Equal(tt.from) || known != tt.known {
			t.Errorf("%s: %v, %t", name, from, known)
		}
	}
}

// The witnesses are as many as the peers, whatever they say.
func TestWitnessesAreFew(t *testing.T) {
	c := new(clock)
	c.start(noon, 0, nil)
	for n := range 1000 {
		says(fmt.Sprint("h", n%5), time.Duration(n)*time.Hour)(c)
	}
	if len(c.peers) != 5 {
		t.Errorf("%d", len(c.peers))
	}
}
