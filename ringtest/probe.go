package ringtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/internal/test/mailtypes"
)

// Heard is a message that was sent to an actor, as a probe records it.
type Heard struct {
	At    time.Duration // since the ring was started
	Host  string
	Actor string // its name in the tree, without the root
	Type  string // of the message, as When.Of has it
}

func (h Heard) String() string {
	return fmt.Sprintf("%12v  %-6s %-16s %s", h.At, h.Host, h.Actor, h.Type)
}

// Probe records the messages to some actors when they are sent, whether they are delivered or not,
// from its start until the ring is stopped.
type Probe struct {
	ring   *Ring
	host   *Host // nil is any
	actors string
	types  []string // empty is any
	only   func(m any) bool

	mu    sync.Mutex
	heard []Heard
	next  int // index of the first message after the last expectation
}

// Probe records the messages to the actor, of the types given or of all.
func (a *Actor) Probe(types ...string) *Probe {
	a.host.ring.t.Helper()
	return a.host.ring.addProbe(&Probe{host: a.host, actors: a.name, types: types})
}

// Probe records the messages to the actors of all hosts that match a pattern, as in [Host.Actor],
// of the types given or of all.
func (r *Ring) Probe(actors string, types ...string) *Probe {
	r.t.Helper()
	r.requireActor(actors)
	return r.addProbe(&Probe{actors: actors, types: types})
}

// ProbeIf is Probe for messages for which only returns true. The sender calls only before the
// message is sent: it must not keep or change the message, and must not block.
func (r *Ring) ProbeIf(actors string, only func(m any) bool) *Probe {
	r.t.Helper()
	if only == nil {
		r.fatal("ProbeIf without a function; Probe hears all")
	}
	p := r.Probe(actors)
	p.only = only
	return p
}

func (r *Ring) addProbe(p *Probe) *Probe {
	r.t.Helper()
	for _, of := range p.types {
		r.require(known("message", of, mailtypes.All))
	}
	p.ring = r
	r.probes.add(p)
	return p
}

// observe records a message that is being sent, if the probe is for it.
func (p *Probe) observe(b *mailbox, of string, m any) {
	if p.host != nil && p.host != b.mail.host || len(p.types) > 0 && !slices.Contains(p.types, of) {
		return
	}
	name := b.actorName()
	if !matches(p.actors, name) || p.only != nil && !p.only(m) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, Heard{At: p.ring.Elapsed(), Host: b.mail.host.name, Actor: name, Type: of})
}

// Heard returns all recorded messages, in order.
func (p *Probe) Heard() []Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

// Expect waits until messages of the types given have been sent in this order, after those of the
// last expectation and with any others between them. The test fails if that does not happen within
// five minutes (half a minute in real time).
func (p *Probe) Expect(types ...string) {
	p.ring.t.Helper()
	p.requireTypes(types)
	found := 0
	if !p.ring.await(func() bool { found = p.advance(types); return found == len(types) }) {
		p.ring.t.Fatalf("ringtest: %s has not come; after the last expectation there was\n%s", types[found], p.rest())
	}
}

// requireTypes ends the test unless types are given and the probe records all of them.
func (p *Probe) requireTypes(types []string) {
	p.ring.t.Helper()
	if len(types) == 0 {
		p.ring.fatal("no message is expected; ExpectNone is for that")
	}
	recorded := mailtypes.All
	if len(p.types) > 0 {
		recorded = p.types
	}
	for _, of := range types {
		p.ring.require(known("message for this probe,", of, recorded))
	}
}

// advance moves next behind messages of these types if all have been sent, and returns how many
// have.
func (p *Probe) advance(types []string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.next
	for i, of := range types {
		k := slices.IndexFunc(p.heard[at:], func(h Heard) bool { return h.Type == of })
		if k < 0 {
			return i
		}
		at += k + 1
	}
	p.next = at
	return len(types)
}

// ExpectExactly is Expect with nothing between the messages, and nothing after them for a second.
func (p *Probe) ExpectExactly(types ...string) {
	p.ring.t.Helper()
	p.requireTypes(types)
	p.ring.await(func() bool { return len(p.unexpected()) >= len(types) })
	time.Sleep(quiet)
	var came []string
	for _, h := range p.unexpected() {
		came = append(came, h.Type)
	}
	if !slices.Equal(came, types) {
		p.ring.t.Fatalf("ringtest: want exactly %v; there came\n%s", types, p.rest())
	}
	p.advance(types)
}

// ExpectNone waits for so long, and fails the test if any message was sent after the last
// expectation.
func (p *Probe) ExpectNone(within time.Duration) {
	p.ring.t.Helper()
	atLeast(p.ring, "the time of ExpectNone", within, 0)
	time.Sleep(within)
	if len(p.unexpected()) > 0 {
		p.ring.t.Fatalf("ringtest: want no message; there came\n%s", p.rest())
	}
}

// unexpected returns the messages after the last expectation.
func (p *Probe) unexpected() []Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard[p.next:])
}

// rest describes the first messages after the last expectation.
func (p *Probe) rest() string {
	const most = 20
	var b strings.Builder
	all := p.unexpected()
	for _, h := range all[:min(most, len(all))] {
		fmt.Fprintln(&b, h)
	}
	switch {
	case len(all) == 0:
		b.WriteString("nothing")
	case len(all) > most:
		fmt.Fprintf(&b, "and %d more", len(all)-most)
	}
	return b.String()
}

// number matches the name of an accepted connection, whose number depends on scheduling.
var number = regexp.MustCompile(`conn-\d+`)

// Transcript returns the recorded messages as text that is the same in each run: for each instant
// of virtual time what was sent to each actor, and how often. The order within an instant depends
// on scheduling, and is not in it.
func (p *Probe) Transcript() string {
	lines := map[Heard]int{}
	for _, h := range p.Heard() {
		h.Actor = number.ReplaceAllString(h.Actor, "conn-*")
		lines[h]++
	}
	all := make([]Heard, 0, len(lines))
	for h := range lines {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Heard) int { return strings.Compare(a.key(p.ring), b.key(p.ring)) })
	var b strings.Builder
	for _, h := range all {
		fmt.Fprint(&b, h)
		if n := lines[h]; n > 1 {
			fmt.Fprintf(&b, ", %d times", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// key returns a sort key: by time, then in ring order.
func (h Heard) key(r *Ring) string {
	i, _ := r.file.Index(h.Host)
	return fmt.Sprintf("%020d %02d %s %s", h.At, i, h.Actor, h.Type)
}
