package supervisor

import (
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/messages"
)

// rootContext is the context of a root without an actor: it notes who is poisoned.
type rootContext struct {
	actor.Context
	system   *actor.ActorSystem
	message  any
	poisoned []string
}

func (c *rootContext) ActorSystem() *actor.ActorSystem { return c.system }
func (c *rootContext) Self() *actor.PID                { return c.system.NewLocalPID(actors.RootName) }
func (c *rootContext) Message() any                    { return c.message }
func (c *rootContext) Send(*actor.PID, any)            {}
func (c *rootContext) Poison(who *actor.PID) {
	c.poisoned = append(c.poisoned, strings.TrimPrefix(who.Id, actors.RootName+"/"))
}

// What has not drained in time is stopped, and says that it has drained only then: the
// stage that stops it still waits for its end.
func TestDrainedIsNotTheEndOfAnActorThatStops(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	ctx := &rootContext{system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
	}))}
	r := &root{node: &actors.Node{Log: log}}
	defer func() { r.timer.Stop() }()
	pid := func(name string) *actor.PID { return ctx.system.NewLocalPID(actors.RootName + "/" + name) }
	receive := func(message any) {
		ctx.message = message
		r.Receive(ctx)
	}
	stops := func(name string) bool { return slices.Contains(ctx.poisoned, name) }

	receive(&messages.Drain{})
	receive(&actor.Terminated{Who: pid(actors.ListenersName)})
	receive(&actor.Terminated{Who: pid(actors.SurveyName)})
	receive(&messages.Drained{Who: pid(actors.ConnsName)})
	if stops(actors.LinksName) {
		t.Fatal("the links are stopped before they could drain")
	}
	receive(&stageTimeout{left: len(r.stages)})
	receive(&messages.Drained{Who: pid(actors.LinksName)})
	receive(&actor.Terminated{Who: pid(actors.ConnsName)})
	if !stops(actors.LinksName) || stops(actors.RouterName) {
		t.Fatalf("the links are not waited for; stopped: %v", ctx.poisoned)
	}
	receive(&actor.Terminated{Who: pid(actors.LinksName)})
	if !stops(actors.RouterName) {
		t.Errorf("the links have stopped, and the router is not; stopped: %v", ctx.poisoned)
	}
}
