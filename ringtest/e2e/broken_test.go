package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// Connections break in the middle of a frame, by FIN and by RST, at both ports.
// What was whole before is taken, or not, but the same everywhere and once; what
// is cut is not.
func TestConnectionsThatBreak(t *testing.T) {
	r := newRing(t)
	r.startSome(0, 1, 2, 3)
	good := r.dial(0, false, netip.Addr{})
	half := func(seq uint64) []byte {
		whole := frame.AppendData(nil, claim("S", 77, seq, "cut off"))
		return whole[:len(whole)-4]
	}
	for n := range 20 {
		whole := &frame.Data{ID: 1, Text: fmt.Appendf(nil, "whole %d\r\n", n)}
		client := r.dial(0, false, netip.Addr{})
		client.sendRaw(append(frame.AppendData(nil, whole), half(1)...))
		client.breakOff(n%2 == 0)
		if n%2 == 1 { // of a reset nothing is reported, and what had not been read yet is gone
			r.requireLine("a client that ends within a frame", client, "cut off")
		}

		peer := r.pose(4, 0)
		from := claim("S", 77, uint64(n+1), fmt.Sprint("whole from a peer ", n))
		peer.sendRaw(append(frame.AppendData(nil, from), half(uint64(n+2))...))
		if ok := peer.nextOk(); ok.ID != 1 || ok.Refusal != pzog.Refusal_NONE {
			t.Errorf("answered by %+v", ok)
		}
		peer.breakOff(n%2 == 0)
		if n%2 == 1 {
			r.requireLine("a peer that ends within a frame", peer, "cut off")
		}
		r.requireKept(good, fmt.Sprint("and it goes on ", n))
	}
	// 20 from the peer and 20 from the good client; of the others what was read
	// before the end.
	lines := texts(r.awaitEqual(40, 0, 1, 2, 3))
	if len(lines) > 60 || slices.Contains(lines, "cut off") {
		t.Errorf("%d lines, or what was cut off is there: %q", len(lines), lines)
	}
}

// sendRaw writes bytes as they are.
func (w *wire) sendRaw(raw []byte) {
	w.t.Helper()
	if _, err := w.Write(raw); err != nil {
		w.t.Fatal(err)
	}
}

// breakOff ends the connection, with an RST or a FIN.
func (w *wire) breakOff(reset bool) {
	w.t.Helper()
	if !reset {
		w.finish(nil) // what was not read would make it an RST
		return
	}
	if err := w.SetLinger(0); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
}
