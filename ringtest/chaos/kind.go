package chaos

// Kind says what a step does. The comment of each lists the fields of [Step]
// that it uses, besides At.
type Kind string

// Faults of a host. It is Hosts[0].
const (
	// Crash ends the host without warning, and starts it again after For. Mode says which unsynced
	// changes its disk has afterwards: "synced" is none, "all" is all, as after kill -9, and "some"
	// is a random part, as after a power cut.
	Crash Kind = "crash"
	// Restart stops the host cleanly, and starts it again after For.
	Restart Kind = "restart"
	// Pause suspends the host for For, as SIGSTOP does.
	Pause Kind = "pause"
	// Unplug drops all that hosts and clients send to the host, and all that it sends, for For. No
	// connection is closed or reset.
	Unplug Kind = "unplug"
	// Wipe empties the disk. From At on no client reaches the host. After Amount it is stopped and
	// its disk is emptied, and after For more it starts again.
	Wipe Kind = "wipe"
	// Backup restores an old copy of the disk. The copy is made at At. After For no client reaches
	// the host. After Amount more it is stopped, its disk is replaced by the copy, and it starts at
	// once.
	Backup Kind = "backup"
)

// Faults of the network. A pair is Hosts[0] and Hosts[1]. A direction is from the first to the
// second, and a connection is the one that the first has dialled.
const (
	// Partition separates the Hosts from all others, for For. What they send to each other is lost
	// and retransmitted later. No connection is closed or reset.
	Partition Kind = "partition"
	// OneWay drops all that the first of a pair sends to the second, for For.
	OneWay Kind = "oneway"
	// Sever resets all connections between a pair and refuses dials, both ways, for For.
	Sever Kind = "sever"
	// Flap is a Partition of the Hosts that begins and ends in turns, for For: Amount on, Amount off.
	Flap Kind = "flap"
	// Reset resets a pair's connections at once, whichever host dialled.
	Reset Kind = "reset"
	// Cut resets a pair's connection after N more "bytes" or "frames", as Mode says, if so many are
	// sent within For.
	Cut Kind = "cut"
	// Stall holds back all that is sent on a pair's connection, both ways, for For.
	Stall Kind = "stall"
	// HalfClose closes the sending side of a pair's connection at once.
	HalfClose Kind = "halfclose"
	// Corrupt changes a byte of the Nth frame of kind Of on a pair's connection, if so many are sent
	// within For.
	Corrupt Kind = "corrupt"
	// Latency delays all that the first of a pair sends to the second by Amount, for For.
	Latency Kind = "latency"
	// Rate limits what the first of a pair sends to the second to N bytes a second, for For.
	Rate Kind = "rate"
)

// Faults of the disk of a host, which is Hosts[0].
const (
	// Full leaves no room on the disk, for For.
	Full Kind = "full"
	// DiskError makes the next N operations Of fail with EIO, if they come within For.
	DiskError Kind = "error"
	// Short makes the next write within For write N bytes and fail.
	Short Kind = "short"
	// SyncFail makes the next sync within For fail. Mode says what becomes of the data: with "keep"
	// a later sync may make it durable; with "lose" it is lost, even if the next sync succeeds.
	SyncFail Kind = "syncfail"
	// Hang makes all operations Of block, for For.
	Hang Kind = "hang"
	// Flip inverts a bit of the log, the Nth from its end. From At on no client reaches the host.
	// After Amount it is stopped and the bit is inverted, and after For more it starts again.
	Flip Kind = "flip"
	// CutLog cuts the last N bytes off the log while the host runs, as another program does. From At
	// on no client reaches the host, and after Amount the log is cut.
	CutLog Kind = "cutlog"
)

// Faults of the clock of a host, which is Hosts[0].
const (
	// ClockStep sets the clock forward by Amount, or back if it is negative, and after For the other
	// way.
	ClockStep Kind = "step"
	// ClockSkew makes the clock run N parts per million too fast, or too slow if N is negative, for
	// For.
	ClockSkew Kind = "skew"
)

// Faults of the actors of a host, which is Hosts[0].
const (
	// Panic makes the actor that receives the Nth message of type Of panic, "before" or "after" it
	// handles the message, as Mode says, if so many come within For.
	Panic Kind = "panic"
	// Refuse makes the actor Of fail to start the next N times, within For. The player makes it panic
	// once, so that it is started.
	Refuse Kind = "refuse"
	// HangActor makes the actor Of receive nothing, for For.
	HangActor Kind = "hangactor"
	// Drop loses the next N messages of type Of, within For.
	Drop Kind = "drop"
	// Delay delivers the next N messages of type Of, within For, Amount later.
	Delay Kind = "delay"
	// Duplicate delivers the next N messages of type Of, within For, twice.
	Duplicate Kind = "duplicate"
	// Reorder holds N messages of type Of back, one by one and within For, each until the next
	// message to the same actor is delivered.
	Reorder Kind = "reorder"
)

// Kinds returns all kinds, in the order of forms.
func Kinds() []Kind {
	kinds := make([]Kind, len(forms))
	for i, f := range forms {
		kinds[i] = f.kind
	}
	return kinds
}
