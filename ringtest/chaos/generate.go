package chaos

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
)

// Config configures Generate. Only Hosts and Lasts have no default.
type Config struct {
	Hosts int           // in the ring, at least 1
	Lasts time.Duration // duration of the schedule, Settle included
	Kinds []Kind        // nil is all of them

	// Interval is the average time between the beginnings of two faults; 10 s if 0.
	Interval time.Duration
	// Settle is the time at the end without a fault; 1 min if 0.
	Settle time.Duration
	// Spread is how long no fault has been active when a step that takes data begins; 30 s if 0.
	Spread time.Duration
	// Recovery is how long after such a step no other begins; 1 min if 0.
	Recovery time.Duration

	// Names for the field Of; nil is those of zog. A kind without names to draw from does not occur.
	MessageTypes []string
	Actors       []string
	Frames       []string
	DiskOps      []string
}

func (c Config) withDefaults() Config {
	c.Interval, c.Settle = cmp.Or(c.Interval, 10*second), cmp.Or(c.Settle, minute)
	for _, d := range []struct {
		field *[]string
		value []string
	}{
		{&c.MessageTypes, []string{
			"Adopt", "Batch", "Take", "Append", "Logged", "Appended", "RolledBack", "Abandon", "Refuse", "Damaged", "Advanced",
			"Greeted", "Heard", "Exceeded", "Gone", "AskRepair", "Redial", "Locate", "Located", "Pull", "Forward", "Reached",
			"Survey", "Surveyed", "Watch", "Unwatch", "MarksChanged", "Speak", "Silence", "Report", "Reopen", "Drain", "Drained",
		}},
		{&c.Actors, []string{"accesslog", "scrub", "errorlog", "router", "keepalive", "survey", "listeners", "conns", "links"}},
		{&c.Frames, []string{"KeepAlive", "Ack", "Data", "Ok"}},
		{&c.DiskOps, []string{"open", "create", "read", "write", "sync", "rename"}},
	} {
		if *d.field == nil {
			*d.field = d.value
		}
	}
	if c.Kinds == nil {
		c.Kinds = Kinds()
	}
	return c
}

// words returns the words to draw from.
func (c Config) words(w words) []string {
	return [...][]string{noWords: nil, messageTypes: c.MessageTypes, actorNames: c.Actors, frameKinds: c.Frames, diskOps: c.DiskOps, slowOps: c.slowOps()}[w]
}

// slowOps returns the disk operations that can hang.
func (c Config) slowOps() []string {
	return slices.DeleteFunc(slices.Clone(c.DiskOps), func(op string) bool {
		return op != "read" && op != "write" && op != "sync"
	})
}

// possible says whether a kind can be drawn.
func (c Config) possible(f *form) bool {
	return f != nil && slices.Contains(c.Kinds, f.kind) &&
		(f.hosts == one || c.Hosts > 1) && (f.of == noWords || len(c.words(f.of)) > 0)
}

// Generate returns the schedule of a seed. The same seed and configuration give the same schedule.
// All kinds are equally frequent, as far as they fit: the kinds are drawn in rounds, each once per
// round. Faults overlap, but no two stop and start the same host at the same time, and no two of the
// same kind concern the same host.
func Generate(seed uint64, config Config) Schedule {
	g := &generator{Config: config.withDefaults(), rand: rand.New(rand.NewPCG(seed, 0))}
	for i := range forms {
		if g.possible(&forms[i]) {
			g.kinds = append(g.kinds, &forms[i])
		}
	}
	for missed := 0; missed < len(g.kinds); {
		if g.place(g.nextKind()) {
			missed = 0
		} else {
			missed++
		}
	}
	return Schedule{Seed: seed, Hosts: config.Hosts, Lasts: config.Lasts, Steps: g.steps}
}

type generator struct {
	Config
	rand  *rand.Rand
	kinds []*form
	deck  []*form // left in this round
	now   time.Duration
	steps []Step
}

// nextKind draws the next kind.
func (g *generator) nextKind() *form {
	if len(g.deck) == 0 {
		g.deck = slices.Clone(g.kinds)
		g.rand.Shuffle(len(g.deck), func(i, j int) { g.deck[i], g.deck[j] = g.deck[j], g.deck[i] })
	}
	last := len(g.deck) - 1
	f := g.deck[last]
	g.deck = g.deck[:last]
	return f
}

// attempts is how often a step is drawn until it fits.
const attempts = 20

// place adds a step of a kind. It returns false if none fits.
func (g *generator) place(f *form) bool {
	next := g.now + g.gap()
	for range attempts {
		step := g.draw(f)
		step.At = round(g.MayBegin(step, next, g.steps))
		if step.End() <= g.Lasts-g.Settle && !g.collides(step) {
			g.steps = append(g.steps, step)
			g.now = step.At
			return true
		}
	}
	return false
}

// collides says whether a step cannot overlap with one of the schedule.
func (g *generator) collides(step Step) bool {
	return slices.ContainsFunc(g.steps, func(other Step) bool {
		return other.End() >= step.At && (step.Kind == other.Kind && slices.ContainsFunc(step.Hosts, func(h int) bool {
			return slices.Contains(other.Hosts, h)
		}) || step.Kind.governs() && other.Kind.governs() && step.Hosts[0] == other.Hosts[0])
	})
}

// draw returns a step of a kind, without its time.
func (g *generator) draw(f *form) Step {
	step := Step{
		Kind: f.kind, Hosts: g.drawHosts(f.hosts), N: drawn(g.rand, f.n),
		Amount: round(drawn(g.rand, f.amount)), For: round(drawn(g.rand, g.lasting(f))),
	}
	if names := g.words(f.of); len(names) > 0 {
		step.Of = names[g.rand.IntN(len(names))]
	}
	if len(f.modes) > 0 {
		step.Mode = f.modes[g.rand.IntN(len(f.modes))]
	}
	if f.signed && g.rand.IntN(2) == 0 {
		step.N, step.Amount = -step.N, -step.Amount
	}
	return step
}

// lasting returns how long a fault may last: at most a tenth of the schedule, so that short schedules
// also have many faults.
func (g *generator) lasting(f *form) times {
	return times{f.lasts.least, max(f.lasts.least, min(f.lasts.most, g.Lasts/10))}
}

func (g *generator) drawHosts(t targets) []int {
	hosts := g.rand.Perm(g.Hosts)
	switch t {
	case one:
		return hosts[:1]
	case pair:
		return hosts[:2]
	}
	hosts = hosts[:1+g.rand.IntN(g.Hosts-1)]
	slices.Sort(hosts)
	return hosts
}

// drawn draws a value from a span, with equal probability for each power of two times the least
// value, and uniformly from there to the next: most faults are short and few are long. It computes
// with integers, so that a seed gives the same schedule on every machine.
func drawn[T ~int | ~int64](r *rand.Rand, s span[T]) T {
	if s.least == s.most {
		return s.least
	}
	doublings := bits.Len64(uint64((s.most - 1) / s.least))
	low := s.least << r.IntN(doublings)
	high := min(2*low-1, s.most)
	return low + T(r.Int64N(int64(high-low)+1))
}

// gap draws the time until the next fault begins. Half of the gaps are short, and the average is
// Interval.
func (g *generator) gap() time.Duration {
	within := g.Interval / 2
	if g.rand.IntN(2) == 0 {
		within = g.Interval * 7 / 2
	}
	return time.Duration(g.rand.Int64N(int64(within) + 1))
}

// round rounds a duration up to a unit that is easier to read.
func round(d time.Duration) time.Duration {
	unit := ms
	if d > 10*second {
		unit = 100 * ms
	}
	return (d + unit - 1) / unit * unit
}
