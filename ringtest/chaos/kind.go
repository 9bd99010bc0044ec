package chaos

// Kind says what a step does. The comment of each lists the fields of [Step]
// that it uses, besides At.
type Kind string

// What befalls a host. It is Hosts[0].
const (
	// Crash ends the host without warning, and it starts again after For. Mode is
	// what its disk has of what was not synced: "synced" is nothing of it, "all"
	// is all of it, as after kill -9, and "some" is some by chance, as after a
	// power cut.
	Crash Kind = "crash"
	// Restart stops the host in order, and starts it again after For.
	Restart Kind = "restart"
	// Pause stops the clockwork of the host for For, as SIGSTOP does.
	Pause Kind = "pause"
	// Unplug loses all that goes to the host or comes from it, of other hosts and of
	// clients, for For, and nobody is told.
	Unplug Kind = "unplug"
	// Wipe empties the disk. From At on no client reaches the host; after Amount
	// it is stopped and its disk emptied, and after For more it starts again.
	Wipe Kind = "wipe"
	// Backup puts an old copy of the disk back. The copy is taken at At. After For
	// no client reaches the host any more, and after Amount more it is stopped,
	// has the copy put in the place of its disk, and starts at once.
	Backup Kind = "backup"
)

// What befalls the network. The pair is Hosts[0] and Hosts[1]; where it is
// directed, from the first to the second, and a connection is the one that the
// first has dialled.
const (
	// Partition parts the Hosts from all others, for For. What is under way
	// between them is lost, and sent again later; nobody is told.
	Partition Kind = "partition"
	// OneWay loses all that goes from the first of a pair to the second, for For.
	OneWay Kind = "oneway"
	// Sever resets all connections between a pair and refuses dials, both ways, for For.
	Sever Kind = "sever"
	// Flap is a Partition of the Hosts that comes and goes, for For: Amount on,
	// Amount off.
	Flap Kind = "flap"
	// Reset resets a pair's connections, whoever dialled, now.
	Reset Kind = "reset"
	// Cut resets a pair's connection after N more "bytes" or "frames", as Mode
	// says, if so many come within For.
	Cut Kind = "cut"
	// Stall lets nothing through on a pair's connection, either way, for For.
	Stall Kind = "stall"
	// HalfClose ends the sending side of a pair's connection, now.
	HalfClose Kind = "halfclose"
	// Corrupt changes a byte of the Nth frame of kind Of that goes over a pair's
	// connection, if so many come within For.
	Corrupt Kind = "corrupt"
	// Latency lets all that goes from the first of a pair to the second be Amount
	// on its way, for For.
	Latency Kind = "latency"
	// Rate lets N bytes a second go from the first of a pair to the second, for For.
	Rate Kind = "rate"
)

// What befalls the disk of a host, which is Hosts[0].
const (
	// Full leaves no room on the disk, for For.
	Full Kind = "full"
	// DiskError lets the next N operations Of fail with EIO, of those within For.
	DiskError Kind = "error"
	// Short lets the next write, if one comes within For, write N bytes and fail.
	Short Kind = "short"
	// SyncFail lets the next sync fail, if one comes within For. Mode says what
	// becomes of what was not synced: "keep", it may still be; or "lose", it is
	// never on the disk, whatever the next sync says.
	SyncFail Kind = "syncfail"
	// Hang lets all operations Of wait, for For.
	Hang Kind = "hang"
	// Flip turns a bit of the log, the Nth from its end. From At on no client
	// reaches the host; after Amount it is stopped and the bit is turned, and
	// after For more it starts again.
	Flip Kind = "flip"
	// CutLog cuts the last N bytes off the log, from outside and while the host
	// runs. From At on no client reaches the host; after Amount it is done.
	CutLog Kind = "cutlog"
)

// What befalls the clock of a host, which is Hosts[0].
const (
	// ClockStep sets the clock on by Amount, or back if it is negative, and
	// after For the other way.
	ClockStep Kind = "step"
	// ClockSkew lets the clock go N parts in a million too fast, or too slow if
	// N is negative, for For.
	ClockSkew Kind = "skew"
)

// What befalls the actors of a host, which is Hosts[0].
const (
	// Panic lets who receives the Nth message of type Of panic, "before" or
	// "after" it was worked on, as Mode says, if so many come within For.
	Panic Kind = "panic"
	// Refuse lets the actor Of fail to start the next N times, within For. It
	// takes a panic, or a start of the host, for it to start at all.
	Refuse Kind = "refuse"
	// HangActor lets the actor Of receive nothing, for For.
	HangActor Kind = "hangactor"
	// Drop loses the next N messages of type Of, within For.
	Drop Kind = "drop"
	// Delay hands over the next N messages of type Of, within For, Amount later.
	Delay Kind = "delay"
	// Duplicate hands over the next N messages of type Of, within For, twice.
	Duplicate Kind = "duplicate"
	// Reorder holds N messages of type Of back, one after the other and within
	// For, each until the next one for the same actor was handed over.
	Reorder Kind = "reorder"
)

// Kinds lists all kinds, in the order in which they are above.
func Kinds() []Kind {
	kinds := make([]Kind, len(forms))
	for i, f := range forms {
		kinds[i] = f.kind
	}
	return kinds
}
