package ringtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestLongForwardInterval: the first message after a quiet time goes at once, others
// within the interval travel together, and much is not held up by it.
func TestLongForwardInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Hosts(3), ringtest.SyncTakes(0), ringtest.File("forward: {interval: 250ms}"))
		time.Sleep(5 * time.Second)
		mv, pa := r.Host("MV"), r.Host("PA")
		c := r.Client("MV")
		_, before := mv.To(pa).Sent("Data")
		repairs := r.Probe("conns/*", "AskRepair")
		must(t, c.Send("at once"))
		time.Sleep(time.Millisecond)
		if !logged(pa, "at once") {
			t.Error("the first message waits")
		}
		for i := range 10 {
			must(t, c.Send(fmt.Sprint("together ", i)))
			time.Sleep(10 * time.Millisecond)
		}
		if logged(pa, "together 0") {
			t.Error("the second message does not wait")
		}
		time.Sleep(time.Second)
		if _, writes := mv.To(pa).Sent("Data"); writes != before+2 || !logged(pa, "together 9") {
			t.Errorf("11 messages in %d writes", writes-before)
		}
		for i := range 5 {
			_, err := c.SendAll(texts(fmt.Sprint("much ", i, strings.Repeat(" text", 90)), 4000)...)
			must(t, err)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		if n := len(pa.Log()); n != 1+10+5*4000 {
			t.Errorf("a second later only %d messages are there", n)
		}
		r.RequireSettled()
		if n := len(repairs.Heard()); n > 0 {
			t.Errorf("%d repairs were asked for", n)
		}
	})
}
