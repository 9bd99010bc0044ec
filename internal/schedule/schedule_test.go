package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	limits = Limits{Interval: 5 * time.Second, Timeout: 300 * time.Second}
	start  = time.Unix(1000, 0)
)

const ms = time.Millisecond

func at(d time.Duration) time.Time { return start.Add(d) }

func TestDecide(t *testing.T) {
	const s = time.Second
	// heard and so on are counted from start. Where owed is 0, nothing is owed.
	type line struct {
		heard, spoke, owed time.Duration
		dialled, behind    bool
		promised, awake    time.Duration
	}
	short := Limits{Interval: s, Timeout: 2 * s}
	for name, tt := range map[string]struct {
		limits Limits
		line   line
		now    time.Duration
		act    Action
		next   time.Duration
	}{
		"just spoke: a debt is looked for":  {limits, line{dialled: true}, 0, Wait, 2500 * ms},
		"just before the interval":          {limits, line{dialled: true}, 5*s - 1, Wait, 5 * s},
		"the interval exactly":              {limits, line{dialled: true}, 5 * s, Speak, 7500 * ms},
		"late":                              {limits, line{dialled: true}, 20 * s, Speak, 22500 * ms},
		"behind, too early":                 {limits, line{spoke: 10 * s, dialled: true, behind: true}, 10*s + 499*ms, Wait, 10*s + 500*ms},
		"behind, exactly":                   {limits, line{spoke: 10 * s, dialled: true, behind: true}, 10*s + 500*ms, Speak, 11 * s},
		"behind, with a short interval":     {Limits{200 * ms, 300 * s}, line{dialled: true, behind: true}, 200 * ms, Speak, 400 * ms},
		"never spoke":                       {limits, line{spoke: -1000 * s, dialled: true}, 0, Speak, 2500 * ms},
		"nothing is owed, long silent":      {Limits{100 * s, 200 * s}, line{spoke: 250 * s, dialled: true}, 299 * s, Wait, 300 * s},
		"silent for 300 s":                  {Limits{100 * s, 200 * s}, line{spoke: 250 * s, dialled: true}, 300 * s, Close, 300 * s},
		"closing goes before speaking":      {limits, line{spoke: 285 * s, dialled: true}, 300 * s, Close, 300 * s},
		"owed, silent for too short":        {limits, line{spoke: 4 * s, owed: 1 * s, dialled: true}, 5*s - 1, Wait, 5 * s},
		"owed, silent for 5 s":              {limits, line{spoke: 4 * s, owed: 1 * s, dialled: true}, 5 * s, Close, 5 * s},
		"owed for too short":                {limits, line{spoke: 5 * s, owed: 5 * s, dialled: true}, 7500*ms - 1, Wait, 7500 * ms},
		"owed for 2.5 s":                    {limits, line{spoke: 5 * s, owed: 5 * s, dialled: true}, 7500 * ms, Close, 7500 * ms},
		"owed for long, and heard of":       {limits, line{heard: 60 * s, spoke: 60 * s, owed: 1 * s, dialled: true}, 60 * s, Wait, 62500 * ms},
		"owed, a short timeout, too early":  {short, line{spoke: 1500 * ms, owed: 500 * ms, dialled: true}, 2*s - 1, Wait, 2 * s},
		"owed, a short timeout":             {short, line{spoke: 1500 * ms, owed: 500 * ms, dialled: true}, 2 * s, Close, 2 * s},
		"owed before we were stopped":       {limits, line{spoke: 59 * s, owed: 1 * s, dialled: true, awake: 60 * s}, 60 * s, Wait, 62500 * ms},
		"owed, and we were stopped":         {limits, line{spoke: 64 * s, owed: 1 * s, dialled: true, awake: 60 * s}, 65*s - 1, Wait, 65 * s},
		"owed long after we were stopped":   {limits, line{spoke: 64 * s, owed: 1 * s, dialled: true, awake: 60 * s}, 65 * s, Close, 65 * s},
		"accepted: nothing to say":          {limits, line{}, 15 * s, Wait, 300 * s},
		"accepted: behind":                  {limits, line{behind: true}, 15 * s, Wait, 300 * s},
		"accepted: just before the timeout": {short, line{}, 2*s - 1, Wait, 2 * s},
		"accepted: the timeout exactly":     {short, line{}, 2 * s, Close, 2 * s},
		"accepted: it speaks more often":    {limits, line{promised: 5 * s}, 299 * s, Wait, 300 * s},
		"accepted: it speaks less often":    {short, line{promised: 5 * s}, 15*s - 1, Wait, 15 * s},
		"accepted: it has missed three":     {short, line{promised: 5 * s}, 15 * s, Close, 15 * s},
		"accepted: it promises nonsense":    {short, line{promised: 1 << 32 * ms}, 300 * s, Close, 300 * s},
		"accepted: we were stopped":         {short, line{awake: 60 * s}, 60 * s, Wait, 62 * s},
	} {
		t.Run(name, func(t *testing.T) {
			l := Conn{
				Heard: at(tt.line.heard), Spoke: at(tt.line.spoke), Dialled: tt.line.dialled, Behind: tt.line.behind,
				Promised: tt.line.promised, Awake: at(tt.line.awake),
			}
			if tt.line.owed != 0 {
				l.Owed = at(tt.line.owed)
			}
			act, next := tt.limits.Decide(l, at(tt.now))
			if act != tt.act || !next.Equal(at(tt.next)) {
				t.Errorf("%v, again after %v; want %v, after %v", act, next.Sub(start), tt.act, tt.next)
			}
		})
	}
}

func TestLate(t *testing.T) {
	for after, want := range map[time.Duration]bool{-time.Second: false, 0: false, 500 * ms: false, 501 * ms: true, time.Hour: true} {
		if got := Late(start, start.Add(after)); got != want {
			t.Errorf("%v after it was due: %v", after, got)
		}
	}
}

func TestMaxPause(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct{ most, away, want time.Duration }{
		{30 * time.Second, 0, time.Second},
		{30 * time.Second, day - 1, time.Second},
		{30 * time.Second, day, 30 * time.Second},
		{200 * ms, 0, 200 * ms},
		{200 * ms, day, 200 * ms},
	} {
		if got := MaxPause(tt.most, tt.away); got != tt.want {
			t.Errorf("at most %v, away for %v: %v, want %v", tt.most, tt.away, got, tt.want)
		}
	}
}

// Who looks whenever Decide says so, and then does what it says, is never
// silent for longer than the interval, or than Urgent while the peer lacks
// something. It closes to the moment when a peer that owes an answer was silent for
// the patience and has owed it for half of that, and no other but one that was silent
// for 300 s.
func TestFollowingDecideKeepsTheLimits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		duration := func(most int64) *rapid.Generator[time.Duration] {
			return rapid.Custom(func(r *rapid.T) time.Duration {
				return time.Duration(rapid.Int64Range(1, most).Draw(r, "d")) * 100 * ms
			})
		}
		l := Limits{duration(100).Draw(r, "interval"), duration(200).Draw(r, "timeout")}
		line := Conn{Heard: start, Spoke: start, Dialled: rapid.Bool().Draw(r, "dialled"), Behind: rapid.Bool().Draw(r, "behind")}
		most := l.Interval
		if line.Behind {
			most = min(most, Urgent)
		}
		now := start
		for range 50 {
			act, next := l.Decide(line, now)
			switch {
			case act == Close:
				if want := closes(l, line); !now.Equal(want) {
					r.Fatalf("closed at %v, want %v", now.Sub(start), want.Sub(start))
				}
				return
			case act == Speak && !line.Dialled:
				r.Fatal("the accepting side speaks")
			case act == Speak:
				if line.Spoke = now; line.Owed.IsZero() {
					line.Owed = now
				}
			}
			if line.Dialled && now.Sub(line.Spoke) > most || !now.Before(closes(l, line)) || !next.After(now) {
				r.Fatalf("at %v: spoke %v, heard %v, look again %v", now, line.Spoke, line.Heard, next)
			}
			// While we sleep the peer may speak, or a Data may go out.
			switch at := now.Add(duration(60).Draw(r, "later")); {
			case !at.Before(next):
			case rapid.Bool().Draw(r, "speaks"):
				line.Heard, line.Owed = at, time.Time{}
			case line.Dialled && line.Owed.IsZero():
				line.Owed = at
			}
			now = next
		}
	})
}

// closes is when a line is to be closed if nothing happens.
func closes(l Limits, line Conn) time.Time {
	wait := min(5*time.Second, l.Timeout)
	switch {
	case !line.Dialled:
		return line.Heard.Add(l.Timeout)
	case line.Owed.IsZero():
		return line.Heard.Add(300 * time.Second)
	case line.Owed.Sub(line.Heard) < wait/2:
		return line.Heard.Add(wait)
	}
	return line.Owed.Add(wait / 2)
}

// What the timers have missed was a stop of the process; what only the clock has missed was
// a suspended machine, or a clock that was set. What is short is not worth a line.
func TestMissed(t *testing.T) {
	for name, c := range map[string]struct{ byTimers, byClock, stopped, skipped time.Duration }{
		"early":                       {-time.Second, -time.Second, 0, 0},
		"in time":                     {0, 0, 0, 0},
		"a little late":               {1999 * ms, 1999 * ms, 0, 0},
		"stopped":                     {12345 * ms, 12345 * ms, 12300 * ms, 0},
		"suspended":                   {time.Second, time.Hour + time.Second, 0, time.Hour},
		"stopped, the clock set back": {5 * time.Second, -time.Hour, 5 * time.Second, 0},
		"stopped, and then suspended": {5 * time.Second, time.Minute, 5 * time.Second, 55 * time.Second},
	} {
		if stopped, skipped := Missed(c.byTimers, c.byClock); stopped != c.stopped || skipped != c.skipped {
			t.Errorf("%s: %v, %v; want %v, %v", name, stopped, skipped, c.stopped, c.skipped)
		}
	}
}
