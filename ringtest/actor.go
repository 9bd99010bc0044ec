package ringtest

import (
	"path"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/messages"
)

// Actor is an actor of a host, or all that a pattern fits, now and later.
type Actor struct {
	host *Host
	name string
}

// Actor returns the actors with a name in the tree, without its root: "router",
// "accesslog", "links/+1", and with the patterns of path.Match "conns/*" for each
// accepted connection or "*" for each that is right below the root. "" is all.
func (h *Host) Actor(name string) *Actor {
	h.ring.t.Helper()
	h.ring.requireActor(name)
	return &Actor{host: h, name: name}
}

// below are the actors below the root.
var below = []string{
	actors.AccessLogName, actors.ErrorLogName, actors.ScrubName, actors.RouterName, actors.KeepAliveName,
	actors.SurveyName, actors.ListenersName, actors.ConnsName, actors.LinksName,
}

// requireActor fails the test unless a pattern may fit an actor.
func (r *Ring) requireActor(pattern string) {
	r.t.Helper()
	if _, err := path.Match(pattern, ""); err != nil {
		r.t.Fatalf("ringtest: actor %q: %v", pattern, err)
	}
	first, _, _ := strings.Cut(pattern, "/")
	known := slices.ContainsFunc(below, func(name string) bool { return fits(first, name) })
	if !known {
		r.t.Fatalf("ringtest: there is no actor %q; there are %s, and conns/conn-1, links/+1, listeners/peers-1 and so on",
			pattern, strings.Join(below, ", "))
	}
}

// rule injects a fault into the actor's mail.
func (a *Actor) rule(kind string, act act, when When, delay time.Duration) *Fault {
	who := a.name
	if who == "" {
		who = "any actor"
	}
	ru := &rule{actors: a.name, act: act, delay: delay}
	ru.Fault = a.host.ring.fault(kind, when, "%s in %s of %s", kind, who, a.host.name)
	a.host.mail.rules.add(ru)
	return ru.stand(func() { a.host.mail.rules.remove(ru) })
}

// Panic lets the actor panic when it gets to a message, before it has done
// anything about it: the message is lost.
func (a *Actor) Panic(when When) *Fault { return a.rule("panic", panicBefore, when, 0) }

// PanicAfter lets the actor panic when it has dealt with a message.
func (a *Actor) PanicAfter(when When) *Fault { return a.rule("panic after", panicAfter, when, 0) }

// RefuseStart lets the actor panic instead of starting or being restarted, so
// many times.
func (a *Actor) RefuseStart(times int) *Fault {
	return a.rule("refusal to start", refuseStart, When{Times: times}, 0)
}

// Hang lets the actor wait when it gets to a message, until the fault is healed.
func (a *Actor) Hang(when When) *Fault { return a.rule("hang", hang, when, 0) }

// Drop lets messages to the actor get lost.
func (a *Actor) Drop(when When) *Fault { return a.rule("drop", drop, when, 0) }

// Delay lets messages to the actor come later than others behind them.
func (a *Actor) Delay(d time.Duration, when When) *Fault { return a.rule("delay", delay, when, d) }

// Duplicate lets messages to the actor come twice. Those that hand something over
// that can only have one owner, such as a batch or a connection, come once all the
// same: within a process they cannot be had twice.
func (a *Actor) Duplicate(when When) *Fault { return a.rule("duplicate", duplicate, when, 0) }

// Reorder lets a message to the actor come after the next one, or a second later
// if there is none.
func (a *Actor) Reorder(when When) *Fault { return a.rule("reorder", reorder, when, 0) }

// repeatable tells whether a message may come twice. Only what is known to hand
// nothing over may: the private messages of actors hand over connections.
func repeatable(m any) bool {
	switch m.(type) {
	case *messages.Appended, *messages.RolledBack, *messages.Damaged, *messages.Abandon, *messages.Advanced,
		*messages.Greeted, *messages.Heard, *messages.Exceeded, *messages.Gone, *messages.AskRepair,
		*messages.Redial, *messages.Locate, *messages.Located, *messages.Pull, *messages.Forward,
		*messages.Reached, *messages.Survey, *messages.Surveyed, *messages.Watch, *messages.Unwatch,
		*messages.Unsettled, *messages.Speak, *messages.Silence, *messages.Reopen:
		return true
	}
	return false
}
