package actors

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"xlattice.org/zog/internal/admission"
	"xlattice.org/zog/messages"
)

// How many clients are connected is told after each change: one that comes, that is evicted for
// another, and that goes.
func TestTheNumberOfClientsIsTold(t *testing.T) {
	var told []int
	s := connSet{told: func(n int) { told = append(told, n) }}
	from, limits := netip.MustParsePrefix("192.0.2.1/32"), admission.Limits{All: 2, PerAddress: 2}
	var all []*messages.AcceptedConn
	for range 3 {
		conn, other := net.Pipe()
		defer other.Close()
		all = append(all, messages.NewAcceptedConn(conn, time.Now()))
		if _, err := s.add(all[len(all)-1], from, limits); err != nil {
			t.Fatal(err)
		}
	}
	s.remove(all[0]) // was evicted for the third
	s.remove(all[2])
	if len(s.evictOne()) != 1 || s.len() != 0 {
		t.Error("one was left, and is not evicted")
	}
	if want := []int{1, 2, 1, 0}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// What the connections of clients take is taken from the window, down to a third of it.
func TestTheWindowGivesWayToClients(t *testing.T) {
	for clients, want := range map[int]int{0: 12 << 20, 100: 12<<20 - 800<<10, 1000: 12<<20 - 8000<<10, 10_000: 4 << 20} {
		if got := windowLimit(clients); got != want {
			t.Errorf("%d clients: %d bytes, want %d", clients, got, want)
		}
	}
}
