package ringtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/test/mailtypes"
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

// topmost are the actors below the root.
var topmost = []string{
	actors.AccessLogName, actors.ErrorLogName, actors.ScrubName, actors.RouterName, actors.KeepAliveName,
	actors.SurveyName, actors.ListenersName, actors.ConnsName, actors.LinksName,
}

// requireActor fails the test unless a pattern may fit an actor.
func (r *Ring) requireActor(pattern string) {
	r.t.Helper()
	if _, err := path.Match(pattern, ""); err != nil {
		r.t.Fatalf("ringtest: actor %q: %v", pattern, err)
	}
	if !r.mayFit(pattern) {
		r.fatal("there is no actor %q; there are %s, and conns/conn-1, links/+1, listeners/peers-1, listeners/clients-1 and so on",
			pattern, strings.Join(topmost, ", "))
	}
}

// mayFit tells whether a pattern may fit an actor.
func (r *Ring) mayFit(pattern string) bool {
	parent, child, below := strings.Cut(pattern, "/")
	if !below {
		return fitsOne(pattern, topmost...)
	}
	return fits(parent, actors.ConnsName) && fitsOne(child, connections(child)...) ||
		fits(parent, actors.LinksName) && fitsOne(child, r.links()...) ||
		fits(parent, actors.ListenersName) && fitsOne(child, "peers-1", "clients-1")
}

// fitsOne tells whether a pattern fits one of some names.
func fitsOne(pattern string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return fits(pattern, name) })
}

var connection = regexp.MustCompile(`^conn-[1-9]\d*$`)

// connections are names of accepted connections, that of the pattern among them if it is
// one, and otherwise as many as it takes for a pattern to fit one.
func connections(pattern string) (names []string) {
	if connection.MatchString(pattern) {
		return []string{pattern}
	}
	for n := 1; n < 100; n++ {
		names = append(names, fmt.Sprint("conn-", n))
	}
	return names
}

// links are the names of a host's links.
func (r *Ring) links() (names []string) {
	for distance := 1; distance < len(r.hosts); distance++ {
		names = append(names, fmt.Sprint("+", distance))
	}
	return names
}

// rule injects a fault into the actor's mail.
func (a *Actor) rule(kind string, act act, when When, delay time.Duration) *Fault {
	a.host.ring.t.Helper()
	a.host.ring.require(when.check("message", mailtypes.All))
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
func (a *Actor) Panic(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("panic", panicBefore, when, 0)
}

// PanicAfter lets the actor panic when it has dealt with a message.
func (a *Actor) PanicAfter(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("panic after", panicAfter, when, 0)
}

// RefuseStart lets the actor panic instead of starting or being restarted, so
// many times.
func (a *Actor) RefuseStart(times int) *Fault {
	a.host.ring.t.Helper()
	atLeast(a.host.ring, "the number of refusals", times, 1)
	return a.rule("refusal to start", refuseStart, When{Times: times}, 0)
}

// Hang lets the actor wait when it gets to a message, until the fault is healed.
func (a *Actor) Hang(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("hang", hang, when, 0)
}

// Drop lets messages to the actor get lost.
func (a *Actor) Drop(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("drop", drop, when, 0)
}

// Delay lets messages to the actor come later than others behind them.
func (a *Actor) Delay(d time.Duration, when When) *Fault {
	a.host.ring.t.Helper()
	a.host.ring.positive("a delay", d)
	return a.rule("delay", delay, when, d)
}

// Duplicate lets messages to the actor come twice. Those that hand something over
// that can only have one owner, such as a batch or a connection, come once all the
// same: within a process they cannot be had twice.
func (a *Actor) Duplicate(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("duplicate", duplicate, when, 0)
}

// Reorder lets a message to the actor come after the next one, or a second later
// if there is none.
func (a *Actor) Reorder(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("reorder", reorder, when, 0)
}

// repeatable tells whether a message may come twice. Only what is known to hand
// nothing over may: the private messages of actors hand over connections.
func repeatable(m any) bool {
	switch m.(type) {
	case *messages.Appended, *messages.RolledBack, *messages.Damaged, *messages.Abandon, *messages.Advanced,
		*messages.Greeted, *messages.Heard, *messages.Exceeded, *messages.Gone, *messages.AskRepair,
		*messages.Redial, *messages.Locate, *messages.Located, *messages.Pull, *messages.Forward,
		*messages.Reached, *messages.Survey, *messages.Surveyed, *messages.Watch, *messages.Unwatch,
		*messages.MarksChanged, *messages.Speak, *messages.Silence, *messages.Reopen:
		return true
	}
	return false
}
