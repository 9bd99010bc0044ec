package chaos

import "time"

// targets says what the Hosts of a step are.
type targets uint8

const (
	one  targets = iota // a host
	pair                // two different hosts, in an order
	side                // some hosts and not all, ascending
)

// span is a range of values to draw from. The zero span means that the field is not used.
type span[T ~int | ~int64] struct{ least, most T }

func (s span[T]) used() bool { return s != span[T]{} }

// words says from which list of names the field Of is drawn.
type words uint8

const (
	noWords words = iota
	messageTypes
	actorNames
	frameKinds
	diskOps
	slowOps // disk operations that can hang: hosts call the others under a lock, and virtual time stands still while a goroutine waits for a lock
)

// form says which fields a kind uses, and the ranges to draw them from.
type form struct {
	kind   Kind
	hosts  targets
	of     words
	n      span[int]
	amount span[time.Duration]
	lasts  span[time.Duration] // the field For
	modes  []string
	signed bool // N, or Amount, may be negative
	// holdsClients means that clients are kept away from the host for Amount, which adds to the
	// duration of the step. Such a step takes data.
	holdsClients bool
	// loses is the mode in which a step without holdsClients takes data.
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
	spell    = times{500 * ms, minute}    // a fault with a duration
	armed    = times{second, 30 * second} // a fault that waits for an event
	holdTime = times{2 * second, 5 * second}
	few      = span[int]{1, 20}
)

// forms defines the fields that each kind uses, and their ranges.
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

// governs says whether a kind stops and starts its host. Two such steps cannot overlap on a host.
func (k Kind) governs() bool {
	switch k {
	case Crash, Restart, Pause, Wipe, Backup, Flip:
		return true
	}
	return false
}
