package rings_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/ringtest"
)

// restarts is how often actors of host i were restarted.
func (r *memoryRing) restarts(i int) uint64 {
	return r.hosts[i].Count(func(c *actors.Counts) uint64 { return c.Restarts.Load() })
}

// A link that fails again and again is not the end of its host: the host works without
// it, and with it when it has recovered.
func TestALinkThatPanicsFiftyTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3)
		fault := r.hosts[0].Actor("links/+1").Panic(ringtest.When{Of: "dialAttempt", Times: 50})
		r.startAll()
		sent := texts("meanwhile", 20)
		for _, text := range sent {
			r.send(0, text)
			time.Sleep(6 * time.Second) // host 1 has it from host 2
			r.requireTexts([]string{text}, 0, 1, 2)
		}
		r.Await("the last panic", func() bool { return fault.Fired() == 50 })
		time.Sleep(10 * time.Second)
		r.send(0, "afterwards")
		time.Sleep(100 * time.Millisecond)
		r.requireSame(len(sent)+1, 0, 1, 2)
		if r.hosts[0].Failed() || r.restarts(0) != 50 {
			t.Errorf("the host has failed: %v; it counts %d restarts", r.hosts[0].Failed(), r.restarts(0))
		}
		if n := r.Said(`level=warning msg="failed`); n != 6 { // 1, 2, 4, 8, 16, 32
			t.Errorf("50 failures are said %d times", n)
		}
	})
}

// Scrubbing, surveys and error.log may be in trouble for minutes: the host goes on
// without them, and with them when they can start.
func TestHousekeepingThatCannotStart(t *testing.T) {
	for _, name := range []string{actors.ScrubName, actors.SurveyName, actors.ErrorLogName} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 1)
				const times = 32 // the last after more than a minute
				fault := r.hosts[0].Actor(name).RefuseStart(times)
				begun := time.Now()
				r.start(0)
				work := r.hosts[0].Actor(name).Probe("nextBlock")
				for fault.Fired() < times && !r.hosts[0].Failed() {
					r.send(0, fmt.Sprint("meanwhile ", time.Since(begun)))
					time.Sleep(3 * time.Second)
				}
				if took := time.Since(begun); took < time.Minute || r.hosts[0].Failed() {
					t.Fatalf("after %v it has refused %d times; the host has failed: %v", took, fault.Fired(), r.hosts[0].Failed())
				}
				time.Sleep(10 * time.Second)
				r.requireAtWork(name, work)
			})
		})
	}
}

// requireAtWork fails unless an actor of host 0 does what it is there for.
func (r *memoryRing) requireAtWork(name string, work *ringtest.Probe) {
	r.t.Helper()
	switch name {
	case actors.ErrorLogName:
		w := r.client()
		w.write([]byte{0})
		if lines := r.errorLines(); len(lines) != 1 || !strings.Contains(lines[0], "length 0") {
			r.t.Errorf("error.log: %q", lines)
		}
	case actors.SurveyName:
		w := r.client()
		w.askSurvey(w.ours())
		if answer := w.surveyed(); len(answer) != 1 {
			r.t.Errorf("a survey is answered by %v", answer)
		}
	default:
		work.Expect("nextBlock")
	}
}

// What a host cannot do without ends it, and it says what that was.
func TestWhatAHostCannotDoWithout(t *testing.T) {
	for _, name := range []string{actors.RouterName, actors.KeepAliveName, actors.AccessLogName} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				r.start(1)
				r.hosts[0].Actor(name).RefuseStart(11)
				r.start(0)
				r.Await("the end of the host", r.hosts[0].Failed)
				if err := r.hosts[0].Ready(); err == nil || !strings.Contains(err.Error(), "the host has failed: zog/"+name) {
					t.Errorf("it says %v", err)
				}
				if r.Said("gives up after 10 failures") != 1 {
					t.Error("that it gives up is not said")
				}
			})
		})
	}
}

// Messages to actors that are gone are counted, and said once a minute with their types
// alone.
func TestDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.SyncTakes(time.Second))
		dead := func() uint64 {
			return r.hosts[0].Count(func(c *actors.Counts) uint64 { return c.DeadLetters.Load() })
		}
		before := dead()
		const clients = 20
		for n := range clients { // each is closed before it is answered
			w := r.client()
			w.write(append(frame.AppendData(nil, &frame.Data{ID: 1, Text: fmt.Appendf(nil, "secret %d\r\n", n)}), 0))
		}
		time.Sleep(50 * time.Second)
		if n := dead() - before; n < clients || r.Said("were gone") != 0 {
			t.Errorf("%d dead letters are counted, and said %d times", n, r.Said("were gone"))
		}
		time.Sleep(time.Minute)
		if r.Said("actors that were gone") != 1 || r.Said("*messages.Logged 20") != 1 || r.Said("secret") != 0 {
			t.Errorf("said %d times, with types %d times, with texts %d times",
				r.Said("actors that were gone"), r.Said("*messages.Logged 20"), r.Said("secret"))
		}
	})
}
