package actors

import (
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// Each peer is told about its own runs, and clients that what they wait for has come true. Nobody
// else is told anything.
func TestMarkWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := testNode(t, 3)
		defer node.End()
		mark := func(origin string, boot uint64) marks.Mark {
			return marks.Mark{Run: marks.Run{Origin: origin, Boot: boot}, Seq: 1}
		}
		moved := []marks.Mark{mark("PA", 1), mark("PA", 2), mark("G", 3), mark("X", 4)}
		node.ledger.Logged(moved)
		root := node.System.Root
		heard := make(chan string, 100)
		listener := func(name string) *actor.PID {
			pid, err := root.SpawnNamed(node.Props(func(func() bool) actor.Actor {
				return actor.ReceiveFunc(func(ctx actor.Context) {
					if m, ok := ctx.Message().(*messages.Advanced); ok {
						said := name
						for _, mark := range m.Marks {
							said += " " + mark.Run.Name()
						}
						heard <- said
					}
				})
			}), name)
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
		old, pa, g, gone := listener("old"), listener("PA"), listener("G"), listener("gone")
		client, more, next := listener("client"), listener("more"), listener("next")
		w := &node.waiters
		for i, conn := range []*actor.PID{old, old, pa} {
			if was, newest := w.setPeer(1, conn, 1+i/2); (was == old) != (i == 2) || !newest || w.peerConn(1) != conn {
				t.Errorf("connection %d replaces %v", i, was)
			}
		}
		if was, newest := w.setPeer(1, old, 1); was != nil || newest || w.peerConn(1) != pa {
			t.Errorf("an older connection replaces a newer one, %v", was)
		}
		if !w.hasNewer(1, 1) || w.hasNewer(1, 2) || w.hasNewer(0, 1) {
			t.Error("of PA's connections another than number 2 is the newest")
		}
		w.setPeer(2, g, 3)
		for c, wish := range map[*actor.PID]marks.Condition{
			client: {Run: moved[1].Run, Seq: 1, Copies: 1},
			gone:   {Run: moved[1].Run, Seq: 1, Copies: 1},
			more:   {Run: moved[1].Run, Seq: 1, Copies: 2},
			next:   {Run: moved[1].Run, Seq: 2, Copies: 1},
		} {
			w.setClient(c, wish)
		}
		w.removeClient(gone)
		if w.removePeer(1, old) || w.removePeer(0, old) {
			t.Error("who was replaced is still there")
		}
		if !w.removePeer(2, g) || w.removePeer(2, g) {
			t.Error("G does not leave once")
		}
		notifier := root.Spawn(node.Props(func(func() bool) actor.Actor {
			return actor.ReceiveFunc(func(ctx actor.Context) {
				if _, ok := ctx.Message().(*actor.Started); ok {
					node.waiters.notifyAll(ctx, moved, false)
				}
			})
		}))
		synctest.Wait()
		close(heard)
		if all := slices.Sorted(channel(heard)); !slices.Equal(all, []string{"PA PA.1 PA.2", "client"}) {
			t.Errorf("heard: %q", all)
		}
		for _, pid := range []*actor.PID{old, pa, g, client, more, next, gone, notifier} {
			root.Stop(pid)
		}
		time.Sleep(2 * time.Second) // dead letters leave a goroutine for a moment
	})
}

func channel(c <-chan string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s := range c {
			if !yield(s) {
				return
			}
		}
	}
}
