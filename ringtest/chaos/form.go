package chaos

import "time"

// targets is what the Hosts of a step are.
type targets uint8

const (
	one  targets = iota // a host
	pair                // two different hosts, in an order
	side                // some hosts and not all, ascending
)

// span is a range of values to draw from; the zero span means that the field is
// not used.
type span[T ~int | ~int64] struct{ least, most T }

func (s span[T]) used() bool { return s != span[T]{} }

// words is which words the field Of may be drawn from.
type words uint8

const (
	noWords words = iota
	messageTypes
	actorNames
	frameKinds
	diskOps
	slowOps // of the disk, that may hang: the others are done under a lock, and virtual time does not pass while one waits for that
)

// form is which fields a kind uses, and what is drawn for them.
type form struct {
	kind   Kind
	hosts  targets
	of     words
	n      span[int]
	amount span[time.Duration]
	lasts  span[time.Duration] // the field For
	modes  []string
	signed bool // N, or Amount, either way
	// hush means that Amount is how long clients are held off, and adds to how
	// long the step lasts. Such a step takes data away.
	holdsClients bool
	// loses is the mode in which a step without a hush takes data away.
	loses string
}

// Times of everyday, for the table.
const (
	ms     = time.Millisecond
	second = time.Second
	minute = time.Minute
	day    = 24 * time.Hour
)

type times = span[time.Duration]

var (
	away     = times{100 * ms, minute}    // a host
	spell    = times{500 * ms, minute}    // a fault that lasts
	armed    = times{second, 30 * second} // one that waits for its moment
	holdTime = times{2 * second, 5 * second}
	few      = span[int]{1, 20}
)

// forms is the one place where a kind's fields, and their ranges, are told.
var forms = []form{
	{kind: Crash, lasts: away, modes: []string{"synced", "all", "some"}},
	{kind: Restart, lasts: away},
	{kind: Pause, lasts: times{100 * ms, 2 * minute}},
	{kind: Unplug, lasts: spell},
	{kind: Wipe, amount: holdTime, lasts: away, holdsClients: true},
	{kind: Backup, amount: holdTime, lasts: times{second, 2 * minute}, holdsClients: true},

	{kind: Partition, hosts: side, lasts: spell},
	{kind: OneWay, hosts: pair, lasts: spell},
	{kind: Sever, hosts: pair, lasts: spell},
	{kind: Flap, hosts: side, amount: times{second, second}, lasts: times{4 * second, minute}},
	{kind: Reset, hosts: pair},
	{kind: Cut, hosts: pair, n: span[int]{1, 5000}, lasts: armed, modes: []string{"bytes", "frames"}},
	{kind: Stall, hosts: pair, lasts: spell},
	{kind: HalfClose, hosts: pair},
	{kind: Corrupt, hosts: pair, of: frameKinds, n: few, lasts: armed},
	{kind: Latency, hosts: pair, amount: times{ms, 2 * second}, lasts: spell},
	{kind: Rate, hosts: pair, n: span[int]{200, 1_000_000}, lasts: spell},

	{kind: Full, lasts: spell},
	{kind: DiskError, of: diskOps, n: few, lasts: armed},
	{kind: Short, n: span[int]{1, 5000}, lasts: armed},
	{kind: SyncFail, lasts: armed, modes: []string{"keep", "lose"}, loses: "lose"},
	{kind: Hang, of: slowOps, lasts: times{100 * ms, 30 * second}},
	{kind: Flip, n: span[int]{1, 1_000_000}, amount: holdTime, lasts: away, holdsClients: true},
	{kind: CutLog, n: span[int]{1, 1_000_000}, amount: holdTime, holdsClients: true},

	{kind: ClockStep, amount: times{second, day}, lasts: spell, signed: true},
	{kind: ClockSkew, n: span[int]{10, 100_000}, lasts: spell, signed: true},

	{kind: Panic, of: messageTypes, n: few, lasts: armed, modes: []string{"before", "after"}},
	{kind: Refuse, of: actorNames, n: span[int]{1, 3}, lasts: armed},
	{kind: HangActor, of: actorNames, lasts: times{100 * ms, 30 * second}},
	{kind: Drop, of: messageTypes, n: few, lasts: armed},
	{kind: Delay, of: messageTypes, n: few, amount: times{ms, 5 * second}, lasts: armed},
	{kind: Duplicate, of: messageTypes, n: few, lasts: armed},
	{kind: Reorder, of: messageTypes, n: few, lasts: armed},
}

// byKind is forms, by kind.
var byKind = func() map[Kind]*form {
	all := make(map[Kind]*form, len(forms))
	for i := range forms {
		all[forms[i].kind] = &forms[i]
	}
	return all
}()

// governs tells whether a kind stops and starts its host: two such at a time
// would be in each other's way.
func (k Kind) governs() bool {
	switch k {
	case Crash, Restart, Pause, Wipe, Backup, Flip:
		return true
	}
	return false
}
