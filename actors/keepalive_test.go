package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// Each peer is soon told that marks have changed, also one that was sent a KeepAlive so lately that
// it is not due at the next check.
func TestEachPeerHearsOfNewMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := testNode(t, 3)
		defer node.End()
		root := node.System.Root
		spoken := make(chan string, 100)
		line := func(name string, spoke time.Time) *messages.Watch {
			pulse := new(messages.Pulse)
			pulse.Beat(time.Now())
			pulse.Speak(spoke)
			conn, err := root.SpawnNamed(actor.PropsFromFunc(func(ctx actor.Context) {
				if _, ok := ctx.Message().(*messages.Speak); ok {
					pulse.Speak(time.Now())
					spoken <- name
				}
			}), name)
			if err != nil {
				t.Fatal(err)
			}
			return &messages.Watch{Conn: conn, Pulse: pulse, Dialled: true}
		}
		due := line("due in 2 s", time.Now().Add(-13*time.Second))
		lately := line("spoken to lately", time.Now())
		scheduler := root.Spawn(NewKeepAlive(node))
		root.Send(scheduler, due)
		root.Send(scheduler, lately)
		time.Sleep(1800 * time.Millisecond)
		lately.Pulse.Speak(time.Now())
		time.Sleep(50 * time.Millisecond)
		root.Send(scheduler, &messages.MarksChanged{})
		time.Sleep(time.Second)
		told := make(map[string]bool)
		for len(spoken) > 0 {
			told[<-spoken] = true
		}
		if len(told) != 2 {
			t.Errorf("told are only %v", told)
		}
		for _, pid := range []*actor.PID{scheduler, due.Conn, lately.Conn} {
			root.Stop(pid)
		}
		time.Sleep(2 * time.Second) // dead letters leave a goroutine for a moment
	})
}
