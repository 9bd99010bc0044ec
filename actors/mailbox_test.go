package actors

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// What is sent to an actor whose name is known, and which does not run yet, is delivered after
// Started, and in order.
func TestMailBeforeTheStartIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := testNode(t, 2)
		defer node.End()
		var came []any
		early := actor.WithOnInit(func(ctx actor.Context) { // runs between the two
			for n := range 3 {
				ctx.Send(ctx.Self(), n)
			}
		})
		pid, err := node.System.Root.SpawnNamed(node.Props(func(func() bool) actor.Actor {
			return actor.ReceiveFunc(func(ctx actor.Context) {
				switch m := ctx.Message().(type) {
				case *actor.Started:
					came = append(came, "started")
				case int:
					came = append(came, m)
				}
			})
		}, early), "late")
		if err != nil {
			t.Fatal(err)
		}
		node.System.Root.Send(pid, 3)
		synctest.Wait()
		if want := []any{"started", 0, 1, 2, 3}; !slices.Equal(came, want) {
			t.Errorf("%v came, want %v", came, want)
		}
		if err := node.System.Root.PoisonFuture(pid).Wait(); err != nil {
			t.Error(err)
		}
	})
}
