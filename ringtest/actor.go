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

// Actor is an actor of a host, or all actors that match a pattern, also those that start later.
type Actor struct {
	host *Host
	name string
}

// Actor returns the actors of the host with a name. The name is the path in the tree without the
// root, such as "router", "accesslog" or "links/+1", or a pattern of path.Match: "conns/*" is each
// accepted connection, "conns/*/follower" what reads the log for a client that follows, "*" is each actor directly below the root. "" is every actor.
func (h *Host) Actor(name string) *Actor {
	h.ring.t.Helper()
	h.ring.requireActor(name)
	return &Actor{host: h, name: name}
}

// topmost lists the actors directly below the root.
var topmost = []string{
	actors.AccessLogName, actors.ErrorLogName, actors.ScrubName, actors.RouterName, actors.KeepAliveName,
	actors.SurveyName, actors.FollowersName, actors.ListenersName, actors.ConnsName, actors.LinksName,
}

// requireActor ends the test unless a pattern can match an actor.
func (r *Ring) requireActor(pattern string) {
	r.t.Helper()
	if _, err := path.Match(pattern, ""); err != nil {
		r.t.Fatalf("ringtest: actor %q: %v", pattern, err)
	}
	if !r.canMatch(pattern) {
		r.fatal("there is no actor %q; there are %s, and conns/conn-1, conns/conn-1/follower, links/+1, listeners/peers-1, listeners/clients-1 and so on",
			pattern, strings.Join(topmost, ", "))
	}
}

// canMatch says whether a pattern can match an actor.
func (r *Ring) canMatch(pattern string) bool {
	parent, child, below := strings.Cut(pattern, "/")
	if !below {
		return matchesAny(pattern, topmost...)
	}
	if conn, follower, deeper := strings.Cut(child, "/"); deeper {
		return matches(parent, actors.ConnsName) && matchesAny(conn, connections(conn)...) && matches(follower, actors.FollowerName)
	}
	return matches(parent, actors.ConnsName) && matchesAny(child, connections(child)...) ||
		matches(parent, actors.LinksName) && matchesAny(child, r.links()...) ||
		matches(parent, actors.ListenersName) && matchesAny(child, "peers-1", "clients-1")
}

// matchesAny says whether a pattern matches one of some names.
func matchesAny(pattern string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return matches(pattern, name) })
}

var connection = regexp.MustCompile(`^conn-[1-9]\d*$`)

// connections returns names of accepted connections to match a pattern with: the pattern itself if
// it is such a name, and otherwise conn-1 to conn-99.
func connections(pattern string) (names []string) {
	if connection.MatchString(pattern) {
		return []string{pattern}
	}
	for n := 1; n < 100; n++ {
		names = append(names, fmt.Sprint("conn-", n))
	}
	return names
}

// links returns the names of a host's links.
func (r *Ring) links() (names []string) {
	for distance := 1; distance < len(r.hosts); distance++ {
		names = append(names, fmt.Sprint("+", distance))
	}
	return names
}

// rule injects a fault into the messages to the actor.
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
	return ru.activate(func() { a.host.mail.rules.remove(ru) })
}

// Panic makes the actor panic when it receives a message, before it has handled it: the message is
// lost.
func (a *Actor) Panic(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("panic", panicBefore, when, 0)
}

// PanicAfter makes the actor panic when it has handled a message.
func (a *Actor) PanicAfter(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("panic after", panicAfter, when, 0)
}

// RefuseStart makes the actor panic when it is started or restarted, the given number of times.
func (a *Actor) RefuseStart(times int) *Fault {
	a.host.ring.t.Helper()
	atLeast(a.host.ring, "the number of refusals", times, 1)
	return a.rule("refusal to start", refuseStart, When{Times: times}, 0)
}

// Hang makes the actor block when it receives a message, until the fault is healed.
func (a *Actor) Hang(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("hang", hang, when, 0)
}

// Drop loses messages to the actor.
func (a *Actor) Drop(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("drop", drop, when, 0)
}

// Delay delivers messages to the actor later. Others overtake them.
func (a *Actor) Delay(d time.Duration, when When) *Fault {
	a.host.ring.t.Helper()
	a.host.ring.positive("a delay", d)
	return a.rule("delay", delay, when, d)
}

// Duplicate delivers messages to the actor twice. Messages that pass on something with a single
// owner, such as a batch or a connection, are still delivered once.
func (a *Actor) Duplicate(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("duplicate", duplicate, when, 0)
}

// Reorder delivers a message to the actor after the next one, or after a second if there is none.
func (a *Actor) Reorder(when When) *Fault {
	a.host.ring.t.Helper()
	return a.rule("reorder", reorder, when, 0)
}

// repeatable says whether a message may be delivered twice. Messages that are not listed may pass
// on something with a single owner: the private messages of actors pass on connections.
func repeatable(m any) bool {
	switch m.(type) {
	case *messages.Appended, *messages.RolledBack, *messages.Damaged, *messages.Abandon, *messages.Advanced,
		*messages.Greeted, *messages.Heard, *messages.Exceeded, *messages.Gone, *messages.AskRepair,
		*messages.Redial, *messages.Locate, *messages.Located, *messages.Pull, *messages.Forward,
		*messages.Reached, *messages.Survey, *messages.Surveyed, *messages.Watch, *messages.Unwatch,
		*messages.MarksChanged, *messages.Speak, *messages.Silence, *messages.Reopen,
		*messages.AskRead, *messages.MayRead, *messages.HasRead, *messages.Grown, *messages.Followed, *messages.Written:
		return true
	}
	return false
}
