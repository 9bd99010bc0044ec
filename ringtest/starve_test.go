package ringtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// backlog is a ring in which MV was away while PA took many messages, and is about to come
// back; G is down, and a liar is in its place.
func backlog(t *testing.T) (ring *ringtest.Ring, liar *ringtest.Liar, run ringtest.Mark) {
	ring, liar = attacked(t, 5)
	ring.Host("MV").Stop()
	const lots = 40_000
	if _, err := ring.Client("PA").SendAll(texts("meanwhile", lots)...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	run = ring.Host("PA").Present()
	for _, h := range ring.Hosts("PA LA S") {
		h.Restart() // what they have is on their disks alone
	}
	time.Sleep(10 * time.Second)
	return ring, liar, run
}

// A liar that claims to have all, and is asked for it, does not keep a host from getting
// it from others, whatever it does instead.
func TestLongALiarDoesNotStarveAHost(t *testing.T) {
	// Each trick is played again after the pause that it returns.
	for name, trick := range map[string]func(c *ringtest.LiarConn, n uint64) time.Duration{
		"it sends nothing": func(*ringtest.LiarConn, uint64) time.Duration { return time.Second },
		"a line a second of its own": func(c *ringtest.LiarConn, n uint64) time.Duration {
			c.Send(ringtest.Line{Origin: "G", Boot: 99, Seq: n, Text: fmt.Sprint("lie ", n)})
			return time.Second
		},
		"gaps that it closes": func(c *ringtest.LiarConn, n uint64) time.Duration {
			second := ringtest.Line{Origin: "G", Boot: 99, Seq: 2 * n, Text: fmt.Sprint("lie ", 2*n)}
			if c.Send(second); n > 1 {
				time.Sleep(4800 * time.Millisecond)
			}
			c.Send(ringtest.Line{Origin: "G", Boot: 99, Seq: 2*n - 1, Text: fmt.Sprint("lie ", 2*n-1)}, second)
			return time.Millisecond
		},
		"claims that come and go": func(c *ringtest.LiarConn, n uint64) time.Duration {
			if n%10 == 0 {
				c.Greet()
			}
			c.Claim(ringtest.Mark{Origin: "G", Boot: 98, Seq: 1000 + n})
			return 400 * time.Millisecond
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, liar, run := backlog(t)
				missing := func() int { return int(run.Seq) - count(ring.Host("MV"), "meanwhile") - 10 }
				parted := ring.Partition("MV", "PA LA S")
				ring.Host("MV").Start()
				c := liar.Dial("MV")
				c.Greet(ringtest.Mark{Origin: run.Origin, Boot: run.Boot, Seq: run.Seq + 1000}, ringtest.Mark{Origin: "G", Boot: 99, Seq: 1 << 40})
				time.Sleep(time.Second)
				parted.Heal() // the liar was there first
				begun, next := time.Now(), time.Duration(0)
				for n := uint64(1); time.Since(begun) < time.Minute && missing() > 0; n++ {
					next = trick(c, n)
					time.Sleep(next)
				}
				if c.Repairs() == 0 {
					t.Error("the liar was not asked: the test shows nothing")
				}
				took := time.Since(begun)
				t.Logf("whole after %v", took)
				if took > 20*time.Second {
					t.Errorf("after %v MV lacks %d of %d lines", took, missing(), run.Seq)
				}
			})
		})
	}
}

// count returns how many texts of a kind a host has.
func count(h *ringtest.Host, kind string) (n int) {
	for _, text := range h.Texts() {
		if strings.HasPrefix(text, kind) {
			n++
		}
	}
	return n
}
