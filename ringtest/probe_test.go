package ringtest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestTheWayOfAMessage: what actors say to each other when one client sends one
// message, on all five hosts, is what the golden file has.
func TestTheWayOfAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Latency(10*time.Millisecond), ringtest.SyncTakes(2*time.Millisecond))
		time.Sleep(time.Minute)
		c := r.Client("MV")
		must(t, c.Send("the first")) // all links are awake
		time.Sleep(29*time.Second + 500*time.Millisecond)
		p := r.Probe("", "Take", "Append", "Logged", "Appended", "Advanced")
		time.Sleep(r.Elapsed().Truncate(time.Second) + time.Second - r.Elapsed()) // so that the times are round
		must(t, c.Send("the second"))
		time.Sleep(200 * time.Millisecond)
		ringtest.Golden(t, "one-message.txt", p.Transcript())
	})
}

// fails requires that what is done fails, and that the error holds all these texts.
func fails(t *testing.T, do func(t ringtest.TB), texts ...string) {
	t.Helper()
	err := ringtest.Do(do)
	if err == nil {
		t.Fatal("it does not fail")
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("nobody says %q, but\n%v", text, err)
		}
	}
}

// TestExpectationsThatAreNotMet fail, and says what came.
func TestExpectationsThatAreNotMet(t *testing.T) {
	for name, c := range map[string]struct {
		expect func(p *ringtest.Probe)
		says   string
	}{
		"in another order": {func(p *ringtest.Probe) { p.Expect("Append", "Take") }, "Take has not come"},
		"too few":          {func(p *ringtest.Probe) { p.Expect("Take", "Take") }, "Take has not come"},
		"others too":       {func(p *ringtest.Probe) { p.ExpectExactly("Take") }, "want exactly [Take]; there came"},
		"too many":         {func(p *ringtest.Probe) { p.Expect("Take"); p.ExpectNone(time.Second) }, "want no message; there came"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fails(t, func(t ringtest.TB) {
					r := ringtest.Start(t, ringtest.Hosts(1))
					p := r.Probe("", "Take", "Append")
					_ = r.Client().Send("text")
					c.expect(p)
				}, c.says)
			})
		})
	}
}

// TestProbes: expectations that are met, one behind the other.
func TestProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Hosts(1))
		all, log := r.Probe("", "Take", "Append", "Logged"), r.Host("MV").Actor("accesslog").Probe("Append")
		none := r.ProbeIf("router", func(m any) bool { return false })
		c := r.Client()
		must(t, c.Send("one"))
		all.Expect("Take", "Append", "Logged")
		must(t, c.Send("two"))
		all.ExpectExactly("Take", "Append", "Logged")
		log.Expect("Append")
		log.ExpectExactly("Append")
		none.ExpectNone(time.Second)
		if heard := all.Heard(); len(heard) != 6 || heard[0].Type != "Take" || heard[0].Actor != "router" || heard[0].Host != "MV" {
			t.Errorf("%v", heard)
		}
	})
}
