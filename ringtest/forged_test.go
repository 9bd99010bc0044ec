package ringtest_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// forge has a liar send n lines behind those of a run.
func forge(c *ringtest.LiarConn, run ringtest.Mark, n int) {
	lines := make([]ringtest.Line, n)
	for i := range lines {
		lines[i] = ringtest.Line{Origin: run.Origin, Boot: run.Boot, Seq: run.Seq + uint64(i) + 1, Text: fmt.Sprint("forged ", run.Boot, " ", i)}
	}
	c.Send(lines...)
}

// greetAll lets a liar greet hosts, and returns the connections.
func greetAll(liar *ringtest.Liar, hosts []string) (all []*ringtest.LiarConn) {
	for _, name := range hosts {
		c := liar.Dial(name)
		c.Greet()
		all = append(all, c)
	}
	time.Sleep(time.Second)
	return all
}

// requireAll fails unless all texts are in the logs of all hosts.
func requireAll(t *testing.T, ring *ringtest.Ring, want []string) {
	t.Helper()
	for _, h := range ring.Hosts() {
		log := h.Texts()
		slices.Sort(log)
		missing := 0
		for _, text := range want {
			if _, ok := slices.BinarySearch(log, text); !ok {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("%s lacks %d of %d acknowledged messages", h.Name(), missing, len(want))
		}
	}
}

// Lines that a liar sends under the next numbers of a host that is up are noticed at once:
// it begins a new run, and all that its clients send is in all logs, whoever was lied to.
func TestLongForgedLinesAreNoticedAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		to   []string
		n    int
		load bool
	}{
		"one host, idle":      {[]string{"MV"}, 20_000, false},
		"one line, idle":      {[]string{"S"}, 1, false},
		"all, idle":           {[]string{"MV", "LA", "S"}, 2000, false},
		"one host, at work":   {[]string{"MV"}, 2000, true},
		"another, at work":    {[]string{"LA"}, 2000, true},
		"all hosts, at work":  {[]string{"MV", "LA", "S"}, 2000, true},
		"a few lines at work": {[]string{"MV", "LA"}, 50, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, liar := attacked(t, 5, ringtest.Latency(30*time.Millisecond))
				all := greetAll(liar, tt.to)
				pa := ring.Client("PA")
				var sent []string
				send := func(text string) {
					if err := pa.Send(text); err != nil {
						t.Error(text, err)
					}
					sent = append(sent, text)
				}
				var run ringtest.Mark
				var forged time.Time
				noticed := time.Duration(-1)
				for i := range 600 { // at 200/s
					if i == 200 {
						run, forged = ring.Host("PA").Present(), time.Now()
						if tt.load {
							run.Seq -= 15 // some of its lines are on their way
						}
						for _, c := range all {
							forge(c, run, tt.n)
						}
					}
					time.Sleep(5 * time.Millisecond)
					if noticed < 0 && i >= 200 && ring.Host("PA").Present().Boot != run.Boot {
						noticed = time.Since(forged)
					}
					if tt.load || i >= 400 {
						send(fmt.Sprint("at work ", i))
					}
				}
				t.Logf("a new run after %v", noticed)
				if noticed < 0 || noticed > 200*time.Millisecond {
					t.Errorf("a new run begins after %v", noticed)
				}
				ring.Host("G").Start()
				time.Sleep(10 * time.Second)
				requireAll(t, ring, sent)
				if n := ring.Said("was put back"); n != 1 {
					t.Errorf("it is said %d times", n)
				}
				if !tt.load {
					ring.RequireSettled()
				}
			})
		})
	}
}

// A liar that goes on and on makes a host begin a run once a minute, and no more. When it
// ends, what was acknowledged all the while is in all logs.
func TestLongForgedLinesOverAndOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, liar := attacked(t, 5, ringtest.Latency(10*time.Millisecond))
		all := greetAll(liar, []string{"MV", "LA"})
		pa := ring.Client("PA")
		var sent []string
		runs := map[uint64]bool{ring.Host("PA").Present().Boot: true}
		for i := range 3000 { // 150 s
			text := fmt.Sprint("at work ", i)
			if err := pa.Send(text); err != nil {
				t.Error(err)
			}
			sent = append(sent, text)
			run := ring.Host("PA").Present()
			if i%40 == 0 {
				run.Seq -= min(run.Seq, 3)
				forge(all[i/40%2], run, 20)
			}
			runs[run.Boot] = true
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(70 * time.Second)
		ring.Host("G").Start()
		time.Sleep(10 * time.Second)
		requireAll(t, ring, sent)
		if n := len(runs); n < 2 || n > 4 {
			t.Errorf("%d runs in 150 s", n)
		}
	})
}

// What is sent in the name of a host that is down is taken: it could be true. All logs are
// equal when the host is back, and it begins with a run that nobody has spoken for.
func TestForgedLinesOfAHostThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, liar := attacked(t, 5)
		run := ring.Host("PA").Present()
		ring.Host("PA").Stop()
		time.Sleep(5 * time.Minute)
		for _, c := range greetAll(liar, []string{"MV", "S"}) {
			forge(c, run, 1000)
		}
		time.Sleep(5 * time.Second)
		ring.Host("PA").Start()
		ring.Host("G").Start()
		if err := ring.Client("PA").Send(texts("later", 100)...); err != nil {
			t.Error(err)
		}
		ring.RequireSettled()
	})
}
