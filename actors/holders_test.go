package actors

import (
	"net"
	"testing"
	"time"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
)

// Connections with one certificate have one client's part of all that is shared: after one of them had a
// turn, another client is first.
func TestConnectionsOfAHolderShare(t *testing.T) {
	var all holders
	var b, buffers budget.Budget
	batches, control := newFairQueue(controlLimits), newFairQueue(controlLimits)
	come := func(name string) (*messages.AcceptedConn, *quota) {
		conn, other := net.Pipe()
		t.Cleanup(func() { other.Close() })
		g := messages.NewAcceptedConn(conn, time.Now())
		all.join(g, name)
		q := &quota{budget: b.Share(), bufferBudget: buffers.Share(), batches: batches, control: control, turn: &turns.Client{Turn: make(chan struct{}, 1)}}
		q.join(all.find(g))
		return g, q
	}
	g, one := come("client/laptop?role=send")
	_, two := come("client/laptop?role=send")
	_, other := come("client/desk?role=send")
	if !one.budget.Take(5) || two.budget.Take(5) || !other.budget.Take(5) {
		t.Error("memory is not shared")
	}
	if !one.bufferBudget.Take(5) || two.bufferBudget.Take(5) || !other.bufferBudget.Take(5) {
		t.Error("read buffers are not shared")
	}
	for what, queue := range map[string]*fairQueue{"batches": batches, "control": control} {
		turn := func(q *quota) *turns.Client {
			if what == "batches" {
				return q.turn
			}
			c := &turns.Client{Turn: make(chan struct{}, 1)}
			c.Join(q.controlFlow)
			return c
		}
		first, second, third := turn(one), turn(two), turn(other)
		queue.acquire(first, 100, time.Now())
		queue.acquire(second, 100, time.Now())
		queue.acquire(third, 100, time.Now())
		queue.release(first, 100)
		if len(third.Turn) != 1 || len(second.Turn) != 0 {
			t.Errorf("%s: a second connection goes before another client", what)
		}
	}
	all.leave(g)
	if all.leave(g); len(all.byName) != 2 || all.find(g) != nil {
		t.Errorf("%d holders are left", len(all.byName))
	}
}
