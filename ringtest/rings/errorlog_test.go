package rings_test

import (
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/ringtest"
)

// floodFrom sends n texts that are refused over one connection, and reads all answers.
func (r *memoryRing) floodFrom(address string, n int) {
	r.t.Helper()
	w := r.dialPort(netip.MustParseAddr(address), r.ring.Ports.Client)
	defer w.conn.Close()
	go func() {
		var out []byte
		for id := range uint64(n) {
			out = frame.AppendData(out, &frame.Data{ID: id + 1, Text: []byte("\xff\r\n")})
			if len(out) > 32<<10 || id+1 == uint64(n) {
				if _, err := w.conn.Write(out); err != nil {
					return
				}
				out = out[:0]
			}
		}
	}()
	for f := w.read(); f.Kind != frame.OkKind || f.Ok.ID < uint64(n); {
		f = w.read()
	}
}

// garbageFrom opens n connections, one after the other, with a byte that begins no frame
// on each.
func (r *memoryRing) garbageFrom(address string, n int) {
	r.t.Helper()
	for range n {
		w := r.dialPort(netip.MustParseAddr(address), r.ring.Ports.Client)
		w.write([]byte{0})
		_, _ = io.Copy(io.Discard, w.conn)
		w.conn.Close()
	}
}

// awaitSums returns when what was counted is said.
func awaitSums() { time.Sleep(6 * time.Second) }

var sumLine = regexp.MustCompile(`^\S+ - and (\d+) more from (.+)$`)

// errorLog is what both files of host 0 hold.
type errorLog struct {
	bytes  int
	lines  map[string]int // about one report each, by address
	sums   map[string]int // said to be more, by address
	nSums  int
	nLines int
}

// reported is how many reports it accounts for.
func (e errorLog) reported() (n int) {
	for _, sum := range e.sums {
		n += sum
	}
	return n + e.nLines
}

// errorLogOf reads error.log and error.log.1 of host 0.
func (r *memoryRing) errorLogOf() errorLog {
	r.t.Helper()
	e := errorLog{lines: map[string]int{}, sums: map[string]int{}}
	text := r.file(0, "error.log")
	if f, err := r.hosts[0].Files().Open("error.log.1"); err == nil {
		f.Close()
		text = r.file(0, "error.log.1") + text
	}
	e.bytes = len(text)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if m := sumLine.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			e.sums[m[2]] += n
			e.nSums++
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			r.t.Fatalf("error.log: %q", line)
		}
		at, err := netip.ParseAddrPort(fields[1])
		if err != nil {
			r.t.Fatalf("error.log: %q: %v", line, err)
		}
		e.lines[at.Addr().String()]++
		e.nLines++
	}
	return e
}

// One connection's flood of texts that are refused is one line, and the count of the
// others.
func TestAFloodOfRefusedTextsIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		const flood = 20_000
		r.floodFrom("127.0.55.99", flood)
		awaitSums()
		e := r.errorLogOf()
		if e.nLines != 1 || e.sums["127.0.55.99"] != flood-1 || e.bytes > 250 {
			t.Errorf("%+v, want 1 line and %d more", e, flood-1)
		}
		counts := r.hosts[0].Daemon().Counts()
		if counts.Refused.Load() != flood || counts.Reported.Load() != 1 || counts.Unreported.Load() != flood-1 {
			t.Errorf("%d refused, %d reported, %d unreported", counts.Refused.Load(), counts.Reported.Load(), counts.Unreported.Load())
		}
	})
}

// Connections that bring no frame are a line each, up to the rate, and then counted. One
// address does not take the lines of another, nor do many take all.
func TestLinesAreBoundedByAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		const flood, seconds = 200, 10
		for range seconds {
			r.garbageFrom("127.0.55.99", flood)
			r.garbageFrom("127.0.55.98", 5)
			time.Sleep(time.Second)
		}
		awaitSums()
		e := r.errorLogOf()
		if n := e.lines["127.0.55.99"]; n < 50 || n > 50+10*(seconds+1) {
			t.Errorf("%d lines about the one that floods, want 50 and 10 a second", n)
		}
		if n := e.lines["127.0.55.98"]; n != 5*seconds {
			t.Errorf("%d lines about the one that does not, want %d", n, 5*seconds)
		}
		if n := e.reported(); n != (flood+5)*seconds {
			t.Errorf("%d are accounted for, want %d: %+v", n, (flood+5)*seconds, e)
		}
	})
}

// From however many addresses: no more lines a second than the ring file says, and
// every report is accounted for.
func TestLinesAreBoundedInAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1, ringtest.File("error_log: {lines: 20}"))
		r.start(0)
		const addresses, seconds = 50, 12
		for range seconds {
			for n := range addresses {
				r.garbageFrom(fmt.Sprint("127.0.56.", n+1), 4)
			}
			time.Sleep(time.Second)
		}
		awaitSums()
		e := r.errorLogOf()
		if n := e.nLines + e.nSums; n > 20*(seconds+6+5)+1 {
			t.Errorf("%d lines in %d s, want 20 a second", n, seconds+6)
		}
		if n := e.reported(); n != 4*addresses*seconds {
			t.Errorf("%d are accounted for, want %d", n, 4*addresses*seconds)
		}
	})
}

// What was counted is said before the host ends, and not lost with the actor.
func TestCountsAreSaidInTheEnd(t *testing.T) {
	for name, interrupt := range map[string]func(*memoryRing){
		"the host stops": func(r *memoryRing) { r.stop(0) },
		"the error log fails": func(r *memoryRing) {
			fault := r.hosts[0].Actor(actors.ErrorLogName).Panic(ringtest.Nth(1, "sumsDue"))
			time.Sleep(20 * time.Second)
			if fault.Fired() == 0 {
				r.t.Error("it did not fail")
			}
		},
		"the disk hangs": func(r *memoryRing) {
			slow := r.hosts[0].Disk().Only("error.log").Slow(time.Minute, ringtest.Nth(1, "write"))
			time.Sleep(2 * time.Minute)
			slow.Heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 1)
				r.start(0)
				r.floodFrom("127.0.55.99", 1000)
				r.garbageFrom("127.0.55.99", 100)
				interrupt(r)
				if e := r.errorLogOf(); e.reported() != 1100 {
					t.Errorf("%d are accounted for, want 1100: %+v", e.reported(), e)
				}
			})
		})
	}
}

// While error.log cannot be written to at all, what is on its way there is bounded, and
// what is not is counted.
func TestADiskThatHangsUnderAFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1, ringtest.File("error_log: {lines: 1000000, lines_per_address: 1000000}"))
		r.start(0)
		slow := r.hosts[0].Disk().Only("error.log").Slow(time.Minute, ringtest.Nth(1, "write"))
		r.garbageFrom("127.0.55.99", 6000)
		if n := r.hosts[0].Count(reported); n > 4096+100 {
			t.Errorf("%d lines wait", n)
		}
		time.Sleep(2 * time.Minute)
		slow.Heal()
		if e := r.errorLogOf(); e.reported() != 6000 || e.sums["127.0.55.99"] < 1000 {
			t.Errorf("%d are accounted for, want 6000", e.reported())
		}
	})
}

func reported(c *actors.Counts) uint64 { return c.Reported.Load() }
