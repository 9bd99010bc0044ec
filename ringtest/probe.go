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

// Heard is a message that was sent to an actor.
type Heard struct {
	At    time.Duration // since the ring was started
	Host  string
	Actor string // its name in the tree, without the root
	Type  string // of the message, as When.Of has it
}

func (h Heard) String() string {
	return fmt.Sprintf("%12v  %-6s %-16s %s", h.At, h.Host, h.Actor, h.Type)
}

// Probe listens to the mail of some actors: it hears each message as it is sent,
// whatever becomes of it. It starts to listen when it is made, and goes on until the
// ring is stopped.
type Probe struct {
	ring   *Ring
	host   *Host // nil is any
	actors string
	types  []string // empty is any
	only   func(m any) bool

	mu    sync.Mutex
	heard []Heard
	next  int // the first that no expectation has passed
}

// Probe listens to the actor's mail, of the types given or of all.
func (a *Actor) Probe(types ...string) *Probe {
	a.host.ring.t.Helper()
	return a.host.ring.listen(&Probe{host: a.host, actors: a.name, types: types})
}

// Probe listens to the mail of the actors of all hosts that a pattern of
// path.Match fits, of the types given or of all.
func (r *Ring) Probe(actors string, types ...string) *Probe {
	r.t.Helper()
	r.requireActor(actors)
	return r.listen(&Probe{actors: actors, types: types})
}

// ProbeIf is Probe for messages that are as only says. It is asked while they are
// sent, by the sender: it must neither keep nor change them, nor block.
func (r *Ring) ProbeIf(actors string, only func(m any) bool) *Probe {
	r.t.Helper()
	if only == nil {
		r.fatal("ProbeIf without a function; Probe hears all")
	}
	p := r.Probe(actors)
	p.only = only
	return p
}

func (r *Ring) listen(p *Probe) *Probe {
	r.t.Helper()
	for _, of := range p.types {
		r.require(known("message", of, mailtypes.All))
	}
	p.ring = r
	r.probes.add(p)
	return p
}

// hear takes a message that is being sent.
func (p *Probe) hear(b *mailbox, of string, m any) {
	if p.host != nil && p.host != b.mail.host || len(p.types) > 0 && !slices.Contains(p.types, of) {
		return
	}
	who := b.who()
	if !fits(p.actors, who) || p.only != nil && !p.only(m) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, Heard{At: p.ring.Elapsed(), Host: b.mail.host.name, Actor: who, Type: of})
}

// Heard returns all that was heard, in order.
func (p *Probe) Heard() []Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

// Expect waits until messages of the types given have come in this order, with any
// others between them, behind those of the last expectation. If they do not within
// five minutes (half a minute in real time), the test fails.
func (p *Probe) Expect(types ...string) {
	p.ring.t.Helper()
	p.requireTypes(types)
	found := 0
	if !p.ring.await(func() bool { found = p.pass(types); return found == len(types) }) {
		p.ring.t.Fatalf("ringtest: %s has not come; behind the last expectation there was\n%s", types[found], p.rest())
	}
}

// requireTypes ends the test unless there are types, and all are such as the probe hears.
func (p *Probe) requireTypes(types []string) {
	p.ring.t.Helper()
	if len(types) == 0 {
		p.ring.fatal("no message is expected; ExpectNone is for that")
	}
	hears := mailtypes.All
	if len(p.types) > 0 {
		hears = p.types
	}
	for _, of := range types {
		p.ring.require(known("message for this probe,", of, hears))
	}
}

// pass goes behind messages of these types if all have come, and returns how many
// have.
func (p *Probe) pass(types []string) int {
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

// ExpectExactly is Expect with nothing between the messages, and nothing behind
// them for a second.
func (p *Probe) ExpectExactly(types ...string) {
	p.ring.t.Helper()
	p.requireTypes(types)
	p.ring.await(func() bool { return len(p.unpassed()) >= len(types) })
	time.Sleep(quiet)
	var came []string
	for _, h := range p.unpassed() {
		came = append(came, h.Type)
	}
	if !slices.Equal(came, types) {
		p.ring.t.Fatalf("ringtest: want exactly %v; there came\n%s", types, p.rest())
	}
	p.pass(types)
}

// ExpectNone waits for so long, and fails the test if anything comes behind the last
// expectation.
func (p *Probe) ExpectNone(within time.Duration) {
	p.ring.t.Helper()
	atLeast(p.ring, "the time of ExpectNone", within, 0)
	time.Sleep(within)
	if len(p.unpassed()) > 0 {
		p.ring.t.Fatalf("ringtest: want no message; there came\n%s", p.rest())
	}
}

func (p *Probe) unpassed() []Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard[p.next:])
}

// rest is what came behind the last expectation, the beginning of it.
func (p *Probe) rest() string {
	const most = 20
	var b strings.Builder
	all := p.unpassed()
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

// number is the number of an accepted connection, which chance has a hand in.
var number = regexp.MustCompile(`conn-\d+`)

// Transcript is what was heard, as text that is the same in each run: at each
// moment of virtual time what was sent to each actor, and how often. Who was first
// within a moment is left to the scheduler and not in it.
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

// key sorts by time, then by the order of the ring.
func (h Heard) key(r *Ring) string {
	i, _ := r.file.Index(h.Host)
	return fmt.Sprintf("%020d %02d %s %s", h.At, i, h.Actor, h.Type)
}
