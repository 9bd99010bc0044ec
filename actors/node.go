package actors

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/trust"
)

// Seams are the functions through which a host reaches the network, the disk and the
// clock. Tests replace them; no other code has a hook for tests.
type Seams struct {
	// Dial connects from one of our addresses to a peer's port.
	Dial func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Listen opens a port on one of our addresses.
	Listen func(at netip.AddrPort) (net.Listener, error)
	// FS is the file system of the logs.
	FS disk.FS
	// Now is the clock for the time stamps of messages and of lines in error.log. Durations
	// are measured with the runtime's monotonic clock instead, which no step of the wall
	// clock disturbs.
	Now func() time.Time
	// Mailbox makes the mailbox of each actor.
	Mailbox actor.MailboxProducer
}

// Node is what the actors of one host have in common. The supervisor owns it, and it
// outlives all actors. All of it is safe for concurrent use.
//
// Each part is a type with a file of its own. What changes at run time, and is not a
// message, is in the second table of package messages, with its writers and readers.
type Node struct {
	Seams
	identity
	directory
	shared
	Log logrus.FieldLogger

	clients  clientLimits
	accepted acceptedConns
	reports  reports
	peerLog  peerLog
	plain    plainClients
	workers  workers
}

// Config says what NewNode makes a Node of.
type Config struct {
	Seams Seams
	Log   logrus.FieldLogger
	// Ring is the ring file, which must be valid, and Self the host's index in it.
	Ring *config.Ring
	Self int
	Plan ring.Plan
	// Trust is the certificates that the ring file names; nil with tls.mode off.
	Trust *trust.Trust
	// Journal is the host's log, and Durable the marks of what it holds. The Node reads the
	// log and does not close it.
	Journal *journal.Journal
	Durable *marks.Vector
	// Descriptors is how many files and connections this host may have open; 0 is any number.
	Descriptors int
	// Memory is how many bytes of memory this host may use; 0 is any number.
	Memory int64
	// Clients is called with the number of connected clients when it has changed; nil is allowed.
	// It must not block.
	Clients func(connected int)
}

// NewNode returns the Node of a host whose actors are not started yet. The caller calls End
// when all of them have ended.
func NewNode(c Config) *Node {
	// protoactor's own log is dropped: its lines about dead letters show the content of
	// messages. The supervisor logs failures.
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	n := &Node{
		Seams:     c.Seams,
		identity:  identity{self: c.Self, plan: c.Plan},
		directory: directory{System: actor.NewActorSystem(actor.WithLoggerFactory(quiet))},
		Log:       c.Log,
	}
	id := &n.identity
	id.file.Store(newRingFile(c.Ring, c.Trust))
	n.journal = c.Journal
	n.ledger = marks.NewLedger(len(c.Ring.Hosts), c.Self, c.Durable)
	n.waiters = markWaiters{id: id, ledger: n.ledger}
	n.runs = runCensus{id: id, ledger: n.ledger}
	n.reports = reports{id: id, log: c.Log, now: c.Seams.Now, counts: &n.Counts, actors: &n.directory}
	n.peerLog = peerLog{id: id, log: c.Log}
	n.plain = plainClients{id: id, log: c.Log}
	n.clients = newClientLimits(id, c.Log, c.Descriptors, c.Memory)
	n.accepted = acceptedConns{id: id, limits: n.clients.connections, reports: &n.reports, stops: &n.stops, handshakes: handshaking{id: id}}
	n.accepted.clients.told = c.Clients
	n.applyLimits()
	return n
}

// SetRing puts another ring file in force, with the certificates that it names. Nobody changes r
// from then on. Connections that exist hear of it by TrustChanged.
func (n *Node) SetRing(r *config.Ring, t *trust.Trust) {
	n.file.Store(newRingFile(r, t))
	n.applyLimits()
}

// applyLimits applies the limits of the ring file in force.
func (n *Node) applyLimits() {
	n.ledger.LimitRuns(n.Ring().Limits.Runs)
	n.clients.apply()
}

// LogLimits warns where clients may have less than the ring file says.
func (n *Node) LogLimits() { n.clients.logReduced() }

// Ready returns nil while the host takes messages, and otherwise why it does not.
func (n *Node) Ready() error { return n.storage.err() }

// Present returns the host's present run, with the last message of it that is durable.
func (n *Node) Present() marks.Mark { return n.ledger.PresentRun() }

// End releases the goroutines of the Node once all actors have ended.
func (n *Node) End() { n.workers.end() }
