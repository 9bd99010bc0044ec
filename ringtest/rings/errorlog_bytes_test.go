package rings_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/ringtest"
)

// smallErrorLog is the smallest that the ring file may ask for.
const smallErrorLog = 64 << 10

// error.log and error.log.1 stay within what the ring file says, over restarts, when
// renaming fails, and when they are made smaller while the host runs.
func TestLongErrorLogIsBoundedInBytes(t *testing.T) {
	const file = "error_log: {max_bytes: 65536, lines: 100000, lines_per_address: 100000}"
	for name, trouble := range map[string]func(*memoryRing){
		"":           func(*memoryRing) {},
		"restarts":   func(r *memoryRing) { r.stop(0); r.start(0) },
		"power cuts": func(r *memoryRing) { r.hosts[0].PowerCutTorn(); r.start(0) },
		"renaming fails": func(r *memoryRing) {
			r.hosts[0].Disk().Only("error.log").Fail(io.ErrClosedPipe, ringtest.Every("rename"))
		},
		"logrotate": func(r *memoryRing) {
			_ = r.hosts[0].Disk().Rename("error.log", "error.log.1")
			r.hosts[0].Daemon().Reopen()
		},
		"is removed": func(r *memoryRing) { _ = r.hosts[0].Disk().Delete("error.log") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 1, ringtest.File(file))
				r.start(0)
				for range 20 {
					r.longLines(100)
					trouble(r)
					time.Sleep(time.Second)
				}
				time.Sleep(10 * time.Second)
				r.garbageFrom("127.0.55.99", 1)
				time.Sleep(time.Second)
				e := r.errorLogOf()
				least := 1 // who renames it, or cuts the power, may leave little
				if name == "" {
					least = smallErrorLog / 4
				}
				if e.bytes > smallErrorLog || e.bytes < least {
					t.Errorf("%d bytes, want %d to %d", e.bytes, least, smallErrorLog)
				}
				if text := r.file(0, "error.log"); !strings.HasSuffix(text, "malformed frame: length 0: \"\\x00\"\r\n") {
					t.Errorf("the last line is not there, but %q", text[max(0, len(text)-100):])
				}
				r.send(0, "unharmed")
			})
		})
	}
}

// longLines has n lines reported of some hundred bytes each.
func (r *memoryRing) longLines(n int) {
	r.t.Helper()
	for range n {
		w := r.dialPort(netip.MustParseAddr("127.0.55.99"), r.ring.Ports.Client)
		w.write(append([]byte{0xff}, []byte(strings.Repeat("\xff", 200))...))
		_, _ = io.Copy(io.Discard, w.conn)
		w.conn.Close()
	}
}

// A smaller bound holds within seconds of a reload, for lines too.
func TestErrorLogIsReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1, ringtest.File("error_log: {lines: 100000, lines_per_address: 100000}"))
		r.start(0)
		r.longLines(200)
		time.Sleep(time.Second)
		if e := r.errorLogOf(); e.nLines != 200 || e.bytes < smallErrorLog {
			t.Fatalf("%d lines, %d bytes", e.nLines, e.bytes)
		}
		file := *r.ring
		file.ErrorLog = config.ErrorLog{MaxBytes: smallErrorLog, Lines: 100, LinesPerAddress: 1}
		r.hosts[0].Daemon().Reload(&file, nil)
		awaitSums()
		before := r.errorLogOf()
		if before.bytes > smallErrorLog {
			t.Errorf("%d bytes, want at most %d", before.bytes, smallErrorLog)
		}
		r.garbageFrom("127.0.55.99", 20)
		awaitSums()
		if e := r.errorLogOf(); e.nLines-before.nLines != 5 || e.sums["127.0.55.99"] != 15 {
			t.Errorf("%d lines more and sums %v, want 5 and 15", e.nLines-before.nLines, e.sums)
		}
	})
}

// retain_bytes is a promise about access.log and error.log together.
func TestRetainBytesIsForBothLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const retain = 100 << 10
		r := newRing(t, 1, ringtest.File(fmt.Sprintf(
			"log: {segment_bytes: 4096, retain_bytes: %d}\nerror_log: {max_bytes: 65536, lines: 100000, lines_per_address: 100000}", retain)))
		r.start(0)
		r.longLines(200)
		for n := range 40 {
			r.send(0, texts(fmt.Sprint("text ", n, strings.Repeat(" and more", 20)), 20)...)
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		e := r.errorLogOf()
		segments := 0
		for _, name := range r.hosts[0].Segments() {
			segments += len(r.file(0, name))
		}
		if total := segments + e.bytes; total > retain || segments < 16<<10 {
			t.Errorf("%d bytes of segments and %d of error.log, want at most %d", segments, e.bytes, retain)
		}
	})
}

// A power cut at any change of the disk leaves an error.log that can be read and is
// within its bound.
func TestPowerCutsUnderAFloodOfBadBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1, ringtest.File("error_log: {max_bytes: 65536, lines: 100000, lines_per_address: 100000}"))
		chance := rand.New(rand.NewPCG(3, 5))
		r.start(0)
		for range 20 {
			r.hosts[0].Disk().DieAt(1 + chance.IntN(60))
			for range 30 {
				if conn, err := r.dial(0); err == nil {
					_, _ = conn.Write([]byte(strings.Repeat("\xff", 200)))
					_, _ = io.Copy(io.Discard, conn)
					conn.Close()
				}
			}
			r.hosts[0].PowerCutTorn()
			r.start(0)
			r.garbageFrom("127.0.55.99", 1)
			time.Sleep(time.Second)
			text := r.file(0, "error.log")
			if !strings.Contains("\n"+text, "\n2") || !strings.HasSuffix(text, "length 0: \"\\x00\"\r\n") || len(text) > smallErrorLog/2 {
				t.Fatalf("%d bytes, %q", len(text), text[max(0, len(text)-200):])
			}
		}
	})
}
