package rings_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// A host does not fill its disk to the last byte: before that it refuses messages and says
// why, and takes none from peers. The others go on. When there is room again it goes on by
// itself, with what it has missed.
func TestADiskIsNotFilledToTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		full := r.hosts[0].Disk().Fill(100 << 10)
		refusal, kept := r.askUntilRefused(0, 400)
		if refusal.Refusal != pzog.Refusal_STORAGE || !strings.HasSuffix(refusal.Detail, "no space left on device") {
			t.Errorf("refused by %v, %q", refusal.Refusal, refusal.Detail)
		}
		if err := r.hosts[0].Ready(); err == nil || !strings.Contains(err.Error(), "log.min_free_bytes") {
			t.Errorf("the host says %v", err)
		}
		before := strings.Join(r.lines(0), "")
		if n := len(before); n < 80<<10 || n > 97<<10 {
			t.Errorf("of 100 KiB it has written %d bytes", n)
		}
		r.send(1, texts("the others go on", 300)...)
		time.Sleep(time.Minute)
		if now := strings.Join(r.lines(0), ""); now != before {
			t.Errorf("it writes on: %d bytes more", len(now)-len(before))
		}
		if said := r.Said("not ready"); said != 1 {
			t.Errorf("that it is not ready is said %d times", said)
		}
		full.Heal()
		time.Sleep(20 * time.Second)
		if err := r.hosts[0].Ready(); err != nil {
			t.Errorf("there is room, and it is not ready: %v", err)
		}
		r.requireKept(kept, 0, 1, 2)
	})
}

// What is retired makes room, also while the host is not ready.
func TestRetentionMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("log: {segment_bytes: 4096, retain_age: 30s}"))
		time.Sleep(2 * time.Second)
		r.hosts[0].Disk().Fill(100 << 10)
		_, kept := r.askUntilRefused(0, 400)
		if r.hosts[0].Ready() == nil {
			t.Fatal("the host says that it is ready")
		}
		time.Sleep(time.Minute)
		if err := r.hosts[0].Ready(); err != nil {
			t.Errorf("all but the last lines are old, and it is not ready: %v", err)
		}
		if len(kept) == 0 || len(r.lines(0)) >= len(kept) {
			t.Errorf("%d texts were kept, and %d are there", len(kept), len(r.lines(0)))
		}
	})
}

// That too little is free is said when the host starts, and a ring file without the key's
// value takes the disk as it is.
func TestTooLittleIsFreeAtTheStart(t *testing.T) {
	for file, ready := range map[string]bool{"": false, "log: {min_free_bytes: 0}": true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRing(t, 1, ringtest.File(file))
			if err := r.hosts[0].Disk().Put("filler", strings.Repeat("x", 100<<10)); err != nil {
				t.Fatal(err)
			}
			r.hosts[0].Disk().Fill(4 << 10)
			r.start(0)
			time.Sleep(time.Second)
			if err := r.hosts[0].Ready(); (err == nil) != ready {
				t.Errorf("with %q: %v", file, err)
			}
		})
	}
}

// What a host says that it has taken is in its log: what it refused for want of room, or
// had taken and could not write any more, is not among it. Of a write that failed some lines
// may be there beside.
func TestTakenIsWhatTheLogHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		r.hosts[0].Disk().Fill(100 << 10)
		answered := 0
		for n := range 20 { // they come faster than they are written
			now, _ := r.try(0, texts(fmt.Sprint("part ", n), 500)...)
			answered += now
		}
		time.Sleep(time.Minute)
		if r.hosts[0].Ready() == nil {
			t.Fatal("there is room for all of it")
		}
		counts, lines := r.hosts[0].Daemon().Counts(), uint64(len(r.lines(0)))
		if taken := counts.Taken.Load(); taken > lines || taken < uint64(answered) || answered == 0 {
			t.Errorf("it says that it has taken %d messages; %d were answered, and its log has %d", taken, answered, lines)
		}
	})
}
