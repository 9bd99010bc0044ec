package actors

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
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

// Counts are what a host has done since it started.
type Counts struct {
	Taken       atomic.Uint64 // messages from clients, since they are in the log
	Received    atomic.Uint64 // new messages from peers, since they are in the log
	Duplicates  atomic.Uint64 // messages from peers that were there already
	Resent      atomic.Uint64 // messages from clients that were known to be there already
	Conflicts   atomic.Uint64 // messages from peers that were there already, with another text
	Unwanted    atomic.Uint64 // messages from peers of new runs that were too many
	Early       atomic.Uint64 // messages from peers before which others were missing
	Forwarded   atomic.Uint64 // Data frames sent to peers
	KeepAlives  atomic.Uint64 // KeepAlive frames sent to peers
	Refused     atomic.Uint64 // texts from clients that were not taken
	Voided      atomic.Uint64 // runs that were ended because a peer claimed to hold more of them than it was given
	Restarts    atomic.Uint64 // of actors that failed
	DeadLetters atomic.Uint64 // messages to actors that were gone
	Reported    atomic.Uint64 // lines for error.log
	Unreported  atomic.Uint64 // reports that were only counted, for a line of their sum
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
			n.Ledger.Gave(r.Run, r.Last())
			return
		}
	}
}

// RootName is the name of the root of a host's actors.
const RootName = "zog"

// The actors that there is one of; a PID's path is the tree's (DESIGN 8).
const (
	AccessLogName = "accesslog"
	ScrubName     = "scrub"
	ErrorLogName  = "errorlog"
	RouterName    = "router"
	KeepAliveName = "keepalive"
	SurveyName    = "survey"
	ListenersName = "listeners"
	ConnsName     = "conns"
	LinksName     = "links"
)

func (n *Node) pid(name string) *actor.PID {
	pid, ok := n.pids.Load(name)
	if !ok {
		pid, _ = n.pids.LoadOrStore(name, n.System.NewLocalPID(RootName+"/"+name))
	}
	return pid.(*actor.PID)
}

// End lets go of what the actors had in common, once they have all ended.
func (n *Node) End() { n.workers.end() }

// AccessLog returns the actor that writes access.log.
func (n *Node) AccessLog() *actor.PID { return n.pid(AccessLogName) }

// ErrorLog returns the actor that writes error.log.
func (n *Node) ErrorLog() *actor.PID { return n.pid(ErrorLogName) }

// Router returns the actor that takes messages and hands them on.
func (n *Node) Router() *actor.PID { return n.pid(RouterName) }

// KeepAlive returns the actor that watches over the silence of connections.
func (n *Node) KeepAlive() *actor.PID { return n.pid(KeepAliveName) }

// Survey returns the actor that reads the log for clients who ask.
func (n *Node) Survey() *actor.PID { return n.pid(SurveyName) }

// Conns returns the parent of the accepted connections.
func (n *Node) Conns() *actor.PID { return n.pid(ConnsName) }

// Links returns the parent of the links.
func (n *Node) Links() *actor.PID { return n.pid(LinksName) }

// Link returns the actor that holds the connection to the host at index peer.
func (n *Node) Link(peer int) *actor.PID {
	return n.pid(LinksName + "/" + linkName(n.Plan.Position(n.Self, peer)))
}

// Props returns the props of an actor. produce is called anew at each restart;
// idle, which may be asked only inside Receive, tells whether nothing waits in
// the mailbox: the moment to write what has gathered.
func (n *Node) Props(produce func(idle func() bool) actor.Actor, opts ...actor.PropsOption) *actor.Props {
	var mail actor.Mailbox
	opts = append(opts, actor.WithDispatcher(&n.workers), actor.WithMailbox(func() actor.Mailbox {
		mail = &mailbox{Mailbox: n.Mailbox()}
		return mail
	}))
	idle := func() bool { return mail.UserMessageCount() <= 0 }
	return actor.PropsFromProducer(func() actor.Actor { return &traced{produce(idle), n.Log} }, opts...)
}

// traced is an actor whose programming errors leave a stack trace: the
// supervisor hears of a panic only when the stack is gone.
type traced struct {
	actor.Actor
	log logrus.FieldLogger
}

// Receive implements actor.Actor.
func (t *traced) Receive(ctx actor.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if _, bug := p.(runtime.Error); bug {
			t.log.WithField("actor", ctx.Self().Id).Errorf("%v, at %T\n%s", p, ctx.Message(), debug.Stack())
		}
		panic(p)
	}()
	t.Actor.Receive(ctx)
}

// report asks for a line in error.log. If there are too many it is only counted.
func (n *Node) report(remote, reason string, raw []byte) {
	if !n.reports.take(remote, time.Now(), n.rates()) {
		n.Counts.Unreported.Add(1)
		return
	}
	n.Counts.Reported.Add(1)
	n.System.Root.Send(n.ErrorLog(), &messages.Report{At: n.Now(), Remote: remote, Reason: reason, Raw: raw})
}

// violation says what is wrong with frames that are well formed.
type violation string

func (v violation) Error() string { return string(v) }

// errSilent says that nothing came for too long.
var errSilent = errors.New("silent for too long")

// closed says why a connection ended: in error.log if what came over it was at
// fault, in the daemon's own log if something else was.
func (n *Node) closed(remote string, err error, raw []byte) {
	var malformed frame.Malformed
	var violated violation
	switch {
	case err == nil:
	case errors.As(err, &malformed), errors.As(err, &violated):
		n.report(remote, err.Error(), raw)
	default:
		n.Log.WithField("remote", remote).Debugf("connection closed: %v", neterr.Cause(err))
	}
}

// endReading closes a reader of the access log. That it cannot be closed is no
// reason to stop.
func (n *Node) endReading(r io.Closer) {
	if err := r.Close(); err != nil {
		n.Log.WithError(err).Warn("access log")
	}
}
