package ringtest_test

import (
	"bytes"
	"io"
	"net/netip"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// TestASlowDisk: syncs of one file take longer, until the fault is healed.
func TestASlowDisk(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		disk := r.Host("MV").Disk()
		slow := disk.Only("access.log").Slow(3*time.Second, ringtest.Every("sync"))
		other := disk.Only("error.log").Slow(time.Hour, ringtest.Every(""))
		began := time.Now()
		must(t, r.Client("MV").Send("slowly"))
		if took := time.Since(began); took != 3*time.Second || slow.Fired() != 1 || other.Fired() != 0 {
			t.Errorf("it took %v; the faults fired %d and %d times", took, slow.Fired(), other.Fired())
		}
		time.AfterFunc(time.Second, slow.Heal)
		must(t, r.Client("MV").Send("healed meanwhile"))
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("both took %v", took)
		}
		other.Heal()
	}, ringtest.SyncTakes(0))
}

// TestADyingDisk: the power fails in the middle of a change.
func TestADyingDisk(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		must(t, r.Client("MV").Send(texts("text", 10)...))
		r.Host("MV").Disk().DieAt(3)
		_ = r.ClientWith(client.Config{Hosts: r.Addresses()[:1], Timeout: time.Second}).Send(texts("more", 3)...)
		r.Host("MV").PowerCut()
		r.Host("MV").Start()
		r.RequireSettled()
	})
}

// TestReconfigure: a host has another ring file from its next start on.
func TestReconfigure(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		mv.Reconfigure("log: {segment_bytes: 4096}")
		mv.Restart()
		must(t, r.Client("MV").Send(texts("text", 200)...))
		if n, other := len(mv.Segments()), len(r.Host("PA").Segments()); n < 2 || other != 1 {
			t.Errorf("%d and %d segments", n, other)
		}
		r.RequireSettled()
	})
}

// TestBelowTheFaults: who stands in for a host is not hit by them.
func TestBelowTheFaults(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv, stranger := r.Host("MV"), netip.MustParseAddr("127.0.55.99")
		mv.Shun()
		at := netip.MustParseAddrPort("127.0.55.99:7")
		l, err := r.ListenBelow(at)
		must(t, err)
		defer l.Close()
		conn, err := r.DialBelow(t.Context(), stranger, netip.MustParseAddrPort(r.Addresses()[0]))
		must(t, err)
		_, err = conn.Write([]byte{0}) // half of nothing: it is not held back
		must(t, err)
		if last, err := io.ReadAll(conn); err != nil || !bytes.Contains(last, []byte("length 0")) {
			t.Errorf("an empty frame is answered by %q, %v", last, err)
		}
		must(t, conn.Close())
		if mv.Daemon() == nil || mv.Count(reported) == 0 {
			t.Error("it came to nobody")
		}
	})
}
