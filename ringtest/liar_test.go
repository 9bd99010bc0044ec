package ringtest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// attacked is a ring in which PA has taken a few messages, a minute ago, and G is down: a
// liar is in its place.
func attacked(t *testing.T, hosts int, opts ...ringtest.Option) (ring *ringtest.Ring, liar *ringtest.Liar) {
	ring = ringtest.Start(t, append(opts, ringtest.Hosts(hosts))...)
	if err := ring.Client("PA").Send(texts("early", 10)...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	ring.Host("G").Stop()
	return ring, ring.Liar("G")
}

// One message far ahead, and a mark that says that nobody has those before it, do not keep
// a host from taking what the run's origin sends afterwards.
func TestAHoleThatIsALieSuppressesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		hosts  int
		first  uint64
		away   time.Duration // of the origin, cut off from all but its clients
		closed bool
	}{
		"far ahead":                    {hosts: 5, first: 1<<48 - 1},
		"beyond what any run can have": {hosts: 5, first: 1 << 63, closed: true},
		"at the end of numbers":        {hosts: 5, first: 1<<64 - 1, closed: true},
		"a little ahead":               {hosts: 5, first: 12},
		"to two hosts":                 {hosts: 3, first: 1 << 47},
		"while the origin is away":     {hosts: 5, first: 1 << 47, away: 5 * time.Minute},
		"the origin has just gone":     {hosts: 3, first: 1 << 47, away: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, liar := attacked(t, tt.hosts)
				run := ring.Host("PA").Present()
				var parted *ringtest.Fault
				if tt.away > 0 {
					parted = ring.Host("PA").Unplug()
					time.Sleep(tt.away / 2)
				}
				c := liar.Dial("MV")
				c.Greet(ringtest.Mark{Origin: run.Origin, Boot: run.Boot, Seq: tt.first, First: tt.first})
				c.Send(ringtest.Line{Origin: run.Origin, Boot: run.Boot, Seq: tt.first, Text: "a lie"})
				time.Sleep(10 * time.Second)
				c.Claim(ringtest.Mark{Origin: run.Origin, Boot: run.Boot, Seq: tt.first, First: tt.first})
				time.Sleep(tt.away / 2)
				if c.Closed() != tt.closed {
					t.Errorf("the liar's connection is closed: %v", c.Closed())
				}
				c.Close()
				if parted != nil {
					parted.Heal()
				}
				ring.Host("G").Start()
				to := ring.ClientWith(client.Config{Hosts: ring.Addresses()[1:2], MinCopies: tt.hosts})
				if err := to.Send(texts("later", 20)...); err != nil {
					t.Error(err)
				}
				ring.RequireSettled()
			})
		})
	}
}

// What two others say is believed, and what the origin says: a host that was away for too
// long goes on behind a true hole, whether the origin is there or not.
func TestLongATrueHoleIsTakenWithAndWithoutItsOrigin(t *testing.T) {
	for name, origin := range map[string]bool{"with its origin": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring := ringtest.Start(t, ringtest.File("error_log: {max_bytes: 65536}\nlog: {segment_bytes: 4096, retain_bytes: 77824}"))
				pa, mv := ring.Client("PA"), ring.Host("MV")
				must := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				must(pa.Send(texts("early", 10)...))
				time.Sleep(5 * time.Second)
				mv.Stop()
				for n := range 6 {
					must(pa.Send(texts(fmt.Sprint("missed ", n), 100)...))
					time.Sleep(10 * time.Second)
				}
				if !origin {
					ring.Host("PA").Stop()
				}
				mv.Start()
				time.Sleep(2 * time.Minute)
				log, other := mv.Texts(), ring.Host("S").Texts()
				if len(log) == 0 || log[len(log)-1] != other[len(other)-1] {
					t.Errorf("MV has %d lines, and not the last of the others", len(log))
				}
			})
		})
	}
}
