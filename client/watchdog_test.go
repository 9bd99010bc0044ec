package client

import (
	"strings"
	"testing"
	"time"
)

// beat is one event of a watchdog, at a time in milliseconds.
type beat struct {
	at   int
	what string // sent, received, shorten; or the action that a check returns, with a message pending unless idle, after its time if late
}

// TestWatchdog: with the defaults a host that owes an answer is probed after a second and
// lost before two are over, by checks that are 240 ms apart.
func TestWatchdog(t *testing.T) {
	tests := map[string][]beat{
		"a first keep-alive, and idle":   {{500, "idle probe"}, {740, "idle listen"}, {800, "received"}, {980, "idle listen"}, {60_500, "idle probe"}, {60_740, "idle listen"}},
		"an idle host is stopped":        {{10, "sent"}, {20, "received"}, {250, "idle listen"}, {60_010, "idle probe"}, {60_250, "idle listen"}, {60_490, "idle listen"}, {60_730, "idle listen"}, {60_970, "idle probe"}, {61_210, "idle listen"}, {61_450, "idle listen"}, {61_690, "idle listen"}, {61_930, "idle lost"}},
		"data is unanswered":             {{10, "sent"}, {250, "listen"}, {490, "listen"}, {730, "listen"}, {970, "probe"}, {1210, "listen"}, {1450, "listen"}, {1690, "listen"}, {1930, "lost"}},
		"more data is no life":           {{10, "sent"}, {250, "listen"}, {490, "listen"}, {600, "sent"}, {730, "listen"}, {970, "probe"}, {1210, "listen"}, {1300, "sent"}, {1450, "listen"}, {1690, "listen"}, {1930, "lost"}},
		"a receipt starts it anew":       {{10, "sent"}, {250, "listen"}, {490, "listen"}, {730, "listen"}, {800, "received"}, {970, "listen"}, {1210, "listen"}, {1450, "listen"}, {1690, "probe"}, {1930, "listen"}, {2170, "listen"}, {2410, "listen"}, {2650, "lost"}},
		"answered, and idle again":       {{10, "sent"}, {20, "received"}, {250, "idle listen"}, {60_010, "idle probe"}},
		"it works, and gets keep-alives": {{10, "sent"}, {250, "received"}, {250, "listen"}, {500, "received"}, {60_010, "received"}, {60_010, "late: probe"}, {60_020, "received"}, {60_250, "listen"}},
		// The process is stopped between two checks: the late one holds nothing against the host.
		"stopped near the end": {{10, "sent"}, {250, "listen"}, {490, "listen"}, {730, "listen"}, {970, "probe"}, {1210, "listen"}, {1450, "listen"}, {1690, "listen"}, {9999, "late: probe"}, {10_239, "listen"}, {10_479, "listen"}, {10_719, "listen"}, {10_959, "lost"}},
		"stopped at first":     {{10, "sent"}, {9999, "late: listen"}, {10_239, "listen"}, {10_479, "listen"}, {10_719, "probe"}},
		"a little late":        {{10, "sent"}, {250, "listen"}, {490, "listen"}, {730, "listen"}, {970, "probe"}, {1210, "listen"}, {1450, "listen"}, {1690, "listen"}, {2100, "late: lost"}},
		// Shortened, it takes up to 800 ms instead of 2 s, until something is received.
		"shortened":           {{0, "shorten"}, {0, "sent"}, {96, "listen"}, {192, "listen"}, {288, "listen"}, {384, "probe"}, {480, "listen"}, {576, "listen"}, {672, "listen"}, {768, "lost"}},
		"a receipt ends that": {{0, "shorten"}, {0, "sent"}, {96, "listen"}, {150, "received"}, {192, "listen"}, {432, "listen"}, {672, "listen"}, {912, "probe"}},
	}
	for name, beats := range tests {
		t.Run(name, func(t *testing.T) {
			begin := time.Unix(1e9, 0)
			w := newWatchdog(&Config{KeepAlive: DefaultKeepAlive, Silence: DefaultSilence}, begin)
			for _, b := range beats {
				w.require(t, begin.Add(time.Duration(b.at)*time.Millisecond), b)
			}
		})
	}
}

// require applies a beat to the watchdog. A check comes when it is due, except for
// those that are late.
func (w *watchdog) require(t *testing.T, now time.Time, b beat) {
	names := map[action]string{keepListening: "listen", probe: "probe", declareLost: "lost"}
	switch b.what {
	case "sent":
		w.noteSent(now)
	case "received":
		w.noteReceived()
	case "shorten":
		w.shorten(800*time.Millisecond, false)
	default:
		want, late := strings.CutPrefix(b.what, "late: ")
		want, idle := strings.CutPrefix(want, "idle ")
		if late != now.After(w.nextCheck) || now.Before(w.nextCheck) {
			t.Errorf("at %d ms no check is due, but %v later", b.at, w.nextCheck.Sub(now))
		}
		if got := names[w.check(now, !idle)]; got != want {
			t.Errorf("at %d ms: %s, want %s", b.at, got, want)
		}
	}
}

// TestShortenedSilence: the allowed silence is never so short that a host at work, which gives a sign of life
// every half second, is lost, and never longer than configured.
func TestShortenedSilence(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{
		0: 750 * time.Millisecond, time.Second: time.Second, time.Hour: DefaultSilence,
	} {
		w := newWatchdog(&Config{KeepAlive: DefaultKeepAlive, Silence: DefaultSilence}, time.Unix(1e9, 0))
		if w.shorten(given, false); w.allowed != want {
			t.Errorf("with %v left: %v, want %v", given, w.allowed, want)
		}
		w.noteReceived()
		if w.shorten(given, true); w.allowed != max(want, DefaultSilence/2) {
			t.Errorf("with %v left, on a connection that others use: %v, want %v", given, w.allowed, max(want, DefaultSilence/2))
		}
	}
}
