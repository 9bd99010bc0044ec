package actors

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/schedule"
)

// Seams are the places where a host touches the world. A test puts its own
// world there; nothing else in the code knows of tests.
type Seams struct {
	// Dial connects from one of our addresses to a peer's port.
	Dial func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Listen opens a port on one of our addresses.
	Listen func(at netip.AddrPort) (net.Listener, error)
	// FS is where the logs are.
	FS disk.FS
	// Now is the clock that messages and error lines are stamped with. How
	// long things take is measured with the runtime's timers instead, which
	// no step of a clock disturbs.
	Now func() time.Time
	// Mailbox makes the mailbox of each actor.
	Mailbox actor.MailboxProducer
}

// Node is what the actors of one host have in common. It belongs to the
// supervisor and outlives them all; what is in it is safe for concurrent use.
type Node struct {
	Seams
	System  *actor.ActorSystem
	Log     logrus.FieldLogger
	Self    int
	Plan    ring.Plan
	Ledger  *marks.Ledger
	Runs    marks.RunLimiter // of what the router has taken
	Journal *journal.Journal
	Counts  Counts
	// Descriptors is how many files and connections this host may have open; 0 is any
	// number.
	Descriptors int
	// Memory is how many bytes of memory this host may take; 0 is any number.
	Memory int64
	// Position is the one behind the newest message that the router took.
	Position  atomic.Uint64
	audience  audience
	clients   budget.Budget // what is held for clients
	gate      gate          // that their batches pass
	lane      gate          // that their other frames pass before
	lobby     door          // where clients are
	porch     door          // where those at the peer port are until they have greeted
	unsettled atomic.Bool   // marks have moved since the scheduler looked
	workers   workers
	pids      sync.Map // by name, so that each is looked up once
	reports   reports
	storage   atomic.Pointer[error]
	boot      atomic.Uint64                // of our present run
	presents  [ring.MaxHosts]atomic.Uint64 // those of the peers, by their own word

	allowances allowances // for lines about peers
	files      files      // that peers have, as far as they differ from ours

	ring atomic.Pointer[ringInForce]
}

// ringInForce is a ring file with its digest, which goes with every KeepAlive and Ack.
type ringInForce struct {
	*config.Ring
	digest []byte
}

// Ring returns the ring file as it is now; a reload replaces it.
func (n *Node) Ring() *config.Ring { return n.ring.Load().Ring }

// SetRing puts a ring file in force. It is not changed any more.
func (n *Node) SetRing(r *config.Ring) {
	n.ring.Store(&ringInForce{r, r.Digest()})
	n.clients.SetLimit(n.clientMemory())
	n.lane.limit(laneLimits)
}

// patience is how long an accepted connection may take for a frame.
func (n *Node) patience() time.Duration { return n.Ring().Limits.FirstFrame }

func (n *Node) digest() []byte { return n.ring.Load().digest }

// Name returns this host's name in the ring.
func (n *Node) Name() string { return n.Ring().Hosts[n.Self].Name }

func (n *Node) limits() schedule.Limits {
	k := n.Ring().Keepalive
	return schedule.Limits{Interval: k.Interval, Timeout: k.Timeout}
}

// gave notes that messages are about to be sent to a peer. Those of our present run lie
// in their order: the last one stands for all.
func (n *Node) gave(rows []row.Row) {
	boot := n.boot.Load()
	for i := len(rows) - 1; i >= 0; i-- {
		if r := &rows[i]; r.Boot == boot && r.Origin == n.Name() {
			n.Ledger.Sending(r.Run, r.Last())
			return
		}
	}
}

// End lets go of what the actors had in common, once they have all ended.
func (n *Node) End() { n.workers.end() }

// endReading closes a reader of the access log. That it cannot be closed is no
// reason to stop.
func (n *Node) endReading(r io.Closer) {
	if err := r.Close(); err != nil {
		n.Log.WithError(err).Warn("access log")
	}
}
