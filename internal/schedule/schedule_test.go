package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	limits = Limits{Interval: 15 * time.Second, Timeout: 300 * time.Second}
	start  = time.Unix(1000, 0)
)

const ms = time.Millisecond

func at(d time.Duration) time.Time { return start.Add(d) }

func TestDecide(t *testing.T) {
	const s = time.Second
	for name, tt := range map[string]struct {
		limits       Limits
		heard, spoke time.Duration
		now          time.Duration
		dialled      bool
		behind       bool
		act          Act
		next         time.Duration
	}{
		"just spoke":                        {limits, 0, 0, 0, true, false, Wait, 15 * s},
		"just before the interval":          {limits, 0, 0, 15*s - 1, true, false, Wait, 15 * s},
		"the interval exactly":              {limits, 0, 0, 15 * s, true, false, Speak, 30 * s},
		"late":                              {limits, 0, 0, 20 * s, true, false, Speak, 35 * s},
		"behind, too early":                 {limits, 0, 10 * s, 10*s + 499*ms, true, true, Wait, 10*s + 500*ms},
		"behind, exactly":                   {limits, 0, 10 * s, 10*s + 500*ms, true, true, Speak, 11 * s},
		"behind, with a short interval":     {Limits{200 * ms, 300 * s}, 0, 0, 200 * ms, true, true, Speak, 400 * ms},
		"never spoke":                       {limits, 0, -1000 * s, 0, true, false, Speak, 15 * s},
		"just before the timeout":           {limits, 0, 299 * s, 300*s - 1, true, false, Wait, 300 * s},
		"the timeout exactly":               {limits, 0, 299 * s, 300 * s, true, false, Close, 300 * s},
		"long past the timeout":             {limits, 0, 0, 900 * s, true, true, Close, 300 * s},
		"closing goes before speaking":      {limits, 0, 285 * s, 300 * s, true, false, Close, 300 * s},
		"the next word is past the timeout": {limits, 0, 275 * s, 290 * s, true, false, Speak, 300 * s},
		"due after the timeout":             {limits, 0, 290 * s, 295 * s, true, false, Wait, 300 * s},
		"heard lately":                      {limits, 290 * s, 285 * s, 300 * s, true, false, Speak, 315 * s},
		"accepted: the interval":            {limits, 0, 0, 15 * s, false, false, Wait, 300 * s},
		"accepted: behind":                  {limits, 0, 0, 15 * s, false, true, Wait, 300 * s},
		"accepted: just before the timeout": {limits, 0, 0, 300*s - 1, false, true, Wait, 300 * s},
		"accepted: the timeout exactly":     {limits, 0, 0, 300 * s, false, false, Close, 300 * s},
	} {
		t.Run(name, func(t *testing.T) {
			line := Line{Heard: at(tt.heard), Spoke: at(tt.spoke), Dialled: tt.dialled, Behind: tt.behind}
			act, next := tt.limits.Decide(line, at(tt.now))
			if act != tt.act || !next.Equal(at(tt.next)) {
				t.Errorf("%v, again after %v; want %v, after %v", act, next.Sub(start), tt.act, tt.next)
			}
		})
	}
}

// Who looks whenever Decide says so, and then does what it says, is never
// silent for longer than the interval, or than Urgent while the peer lacks
// something, and closes to the moment at the timeout.
func TestFollowingDecideKeepsBothLimits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		duration := rapid.Custom(func(r *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(1, 20).Draw(r, "d")) * 100 * ms
		})
		l := Limits{duration.Draw(r, "interval"), duration.Draw(r, "timeout")}
		line := Line{start, start, rapid.Bool().Draw(r, "dialled"), rapid.Bool().Draw(r, "behind")}
		most := l.Interval
		if line.Behind {
			most = min(most, Urgent)
		}
		now := start
		for range 50 {
			act, next := l.Decide(line, now)
			switch {
			case act == Close:
				if !now.Equal(line.Heard.Add(l.Timeout)) {
					r.Fatalf("closed after a silence of %v, want %v", now.Sub(line.Heard), l.Timeout)
				}
				return
			case act == Speak && !line.Dialled:
				r.Fatal("the accepting side speaks")
			case act == Speak:
				line.Spoke = now
			}
			if line.Dialled && now.Sub(line.Spoke) > most || now.Sub(line.Heard) >= l.Timeout || !next.After(now) {
				r.Fatalf("at %v: spoke %v, heard %v, look again %v", now, line.Spoke, line.Heard, next)
			}
			if heard := now.Add(duration.Draw(r, "heard")); heard.Before(next) {
				line.Heard = heard // the peer speaks while we sleep
			}
			now = next
		}
	})
}
