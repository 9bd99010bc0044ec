package client

import (
	"strings"
	"testing"
	"time"
)

// beat is one thing that happens to a pulse, at a time in milliseconds.
type beat struct {
	at   int
	what string // wrote, heard, hurry; idle: a look with nothing pending; else what a look with a message pending asks for; late: after its time
}

// TestPulse: with the defaults a host that owes a word is asked after a second and
// given up before two are over, by looks that are 240 ms apart.
func TestPulse(t *testing.T) {
	tests := map[string][]beat{
		"a word at first, and calm":          {{500, "idle ask"}, {740, "idle stay"}, {800, "heard"}, {980, "idle stay"}, {60_500, "idle ask"}, {60_740, "idle stay"}},
		"an idle host is stopped":            {{10, "wrote"}, {20, "heard"}, {250, "idle stay"}, {60_010, "idle ask"}, {60_250, "idle stay"}, {60_490, "idle stay"}, {60_730, "idle stay"}, {60_970, "idle ask"}, {61_210, "idle stay"}, {61_450, "idle stay"}, {61_690, "idle stay"}, {61_930, "idle give up"}},
		"data is unanswered":                 {{10, "wrote"}, {250, "stay"}, {490, "stay"}, {730, "stay"}, {970, "ask"}, {1210, "stay"}, {1450, "stay"}, {1690, "stay"}, {1930, "give up"}},
		"more data is no life":               {{10, "wrote"}, {250, "stay"}, {490, "stay"}, {600, "wrote"}, {730, "stay"}, {970, "ask"}, {1210, "stay"}, {1300, "wrote"}, {1450, "stay"}, {1690, "stay"}, {1930, "give up"}},
		"a word begins it anew":              {{10, "wrote"}, {250, "stay"}, {490, "stay"}, {730, "stay"}, {800, "heard"}, {970, "stay"}, {1210, "stay"}, {1450, "stay"}, {1690, "ask"}, {1930, "stay"}, {2170, "stay"}, {2410, "stay"}, {2650, "give up"}},
		"answered, and calm again":           {{10, "wrote"}, {20, "heard"}, {250, "idle stay"}, {60_010, "idle ask"}},
		"it works, and is told that we live": {{10, "wrote"}, {250, "heard"}, {250, "stay"}, {500, "heard"}, {60_010, "heard"}, {60_010, "late: ask"}, {60_020, "heard"}, {60_250, "stay"}},
		// The process is stopped between two looks: the late one judges nothing.
		"stopped near the end": {{10, "wrote"}, {250, "stay"}, {490, "stay"}, {730, "stay"}, {970, "ask"}, {1210, "stay"}, {1450, "stay"}, {1690, "stay"}, {9999, "late: ask"}, {10_239, "stay"}, {10_479, "stay"}, {10_719, "stay"}, {10_959, "give up"}},
		"stopped at first":     {{10, "wrote"}, {9999, "late: stay"}, {10_239, "stay"}, {10_479, "stay"}, {10_719, "ask"}},
		"a little late":        {{10, "wrote"}, {250, "stay"}, {490, "stay"}, {730, "stay"}, {970, "ask"}, {1210, "stay"}, {1450, "stay"}, {1690, "stay"}, {2100, "late: give up"}},
		// In a hurry it takes up to 800 ms in place of 2 s, until a word comes.
		"hurry":                 {{0, "hurry"}, {0, "wrote"}, {96, "stay"}, {192, "stay"}, {288, "stay"}, {384, "ask"}, {480, "stay"}, {576, "stay"}, {672, "stay"}, {768, "give up"}},
		"a word ends the hurry": {{0, "hurry"}, {0, "wrote"}, {96, "stay"}, {150, "heard"}, {192, "stay"}, {432, "stay"}, {672, "stay"}, {912, "ask"}},
	}
	for name, beats := range tests {
		t.Run(name, func(t *testing.T) {
			begin := time.Unix(1e9, 0)
			p := newPulse(&Config{KeepAlive: DefaultKeepAlive, Silence: DefaultSilence}, begin)
			for _, b := range beats {
				p.require(t, begin.Add(time.Duration(b.at)*time.Millisecond), b)
			}
		})
	}
}

// require has a beat happen to the pulse. A look comes when the pause is over, but
// for those that are late.
func (p *pulse) require(t *testing.T, now time.Time, b beat) {
	names := map[step]string{stay: "stay", ask: "ask", giveUp: "give up"}
	switch b.what {
	case "wrote":
		p.wrote(now)
	case "heard":
		p.heard()
	case "hurry":
		p.hurry(800*time.Millisecond, false)
	default:
		want, late := strings.CutPrefix(b.what, "late: ")
		want, idle := strings.CutPrefix(want, "idle ")
		if late != now.After(p.next) || now.Before(p.next) {
			t.Errorf("at %d ms it is not time to look, but %v later", b.at, p.next.Sub(now))
		}
		if got := names[p.look(now, !idle)]; got != want {
			t.Errorf("at %d ms: %s, want %s", b.at, got, want)
		}
	}
}

// TestHurry: nobody is so impatient that a host at work, which gives a sign of life
// every half second, is given up; nor more patient than the configuration says.
func TestHurry(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{
		0: 750 * time.Millisecond, time.Second: time.Second, time.Hour: DefaultSilence,
	} {
		p := newPulse(&Config{KeepAlive: DefaultKeepAlive, Silence: DefaultSilence}, time.Unix(1e9, 0))
		if p.hurry(given, false); p.patience != want {
			t.Errorf("with %v left: %v, want %v", given, p.patience, want)
		}
		p.heard()
		if p.hurry(given, true); p.patience != max(want, DefaultSilence/2) {
			t.Errorf("with %v left, on a connection that others use: %v, want %v", given, p.patience, max(want, DefaultSilence/2))
		}
	}
}
