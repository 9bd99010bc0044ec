package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/repair"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/internal/window"
	"xlattice.org/zog/messages"
)

const (
	// windowSize is how many bytes of messages are kept in memory for the links (I6). What the
	// connections of clients take is taken from it, connSize bytes each, down to windowLeast. A
	// thousand clients send at a quarter of the rate of one, so a link has no less time before the
	// window leaves it behind.
	windowSize  = 12 << 20
	windowLeast = 4 << 20
	connSize    = 8 << 10
)

// windowLimit returns how many bytes the window may have with so many clients.
func windowLimit(clients int) int { return max(windowLeast, windowSize-connSize*clients) }

// router takes messages as the sequencer decides, puts them in order, and gives them first to
// the links and then to the access log.
type router struct {
	node *Node
	*routerState
}

// routerState is the state of the router. It outlives the actor.
type routerState struct {
	sequencer   *sequencer.Sequencer
	runBegan    uint64 // the position at which our present run began
	window      *window.Window
	live        ring.Set               // the peers with a live link
	pulls       map[int]*messages.Pull // of the links that wait for messages
	tree        *relay.Tree
	repairs     *repair.Selector
	conflictLog ratelimit.Allowance // for lines about different texts
	surplusLog  ratelimit.Allowance // for lines about runs that are not taken
	backlogs    []marks.Backlog     // by peer, from its answers
}

// NewRouter returns the props of the router.
func NewRouter(node *Node) *actor.Props {
	hosts := len(node.Ring().Hosts)
	repairs := repair.New(hosts, node.self, node.Ring().Index)
	state := &routerState{
		sequencer: sequencer.New(sequencer.Config{
			Self: node.self, Index: func(origin string) (int, bool) { return node.Ring().Index(origin) },
			Repairs: repairs, Runs: &node.runs.census, Limits: node.runs.share, Describe: node.runs.newcomer, Denies: node.ledger.Denies,
		}),
		window:   new(window.Window),
		pulls:    make(map[int]*messages.Pull),
		tree:     relay.NewTree(node.plan, node.self, node.Ring().Index),
		repairs:  repairs,
		backlogs: make([]marks.Backlog, hosts),
	}
	return node.Props(func(func() bool) actor.Actor { return &router{node: node, routerState: state} })
}

// Receive implements actor.Actor.
func (r *router) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.beginRun(ctx)
	case *messages.RolledBack:
		// Batches from before the present run are known to be lost.
		if m.Position > r.runBegan {
			r.beginRun(ctx)
		}
	case *messages.Take:
		r.take(ctx, m.Batch)
	case *messages.Appended:
		r.takeDurable(ctx, m.Marks)
	case *messages.Pull:
		r.pull(ctx, m)
	case *messages.Locate:
		r.locate(ctx, m)
	case *messages.Reached:
		r.setLive(m)
	case *messages.Greeted:
		r.repairs.Disconnected(m.Peer, time.Now()) // what was asked on an older connection will not come
	case *messages.Heard:
		r.compareMarks(ctx, m)
	case *messages.Exceeded:
		if r.node.ledger.Void() { // otherwise a new run has begun already
			r.beginRun(ctx)
		}
	case *messages.Gone:
		if r.node.waiters.peerConn(m.Peer) == nil { // otherwise the peer has greeted on another connection
			r.repairs.Disconnected(m.Peer, time.Now())
		}
	}
}

// beginRun begins a new run of our own: taken falls back to durable. What was offered to a link
// and not logged keeps its seq. It comes back by repair, as messages of the run before. All
// accepted connections are closed, as batches of theirs may be lost, so that the senders send
// again.
func (r *router) beginRun(ctx actor.Context) {
	if r.present().Boot != 0 {
		ctx.Send(r.node.conns(), &messages.Abandon{Reason: errNewRun})
	}
	run := marks.Run{Origin: r.node.Name(), Boot: newBoot(r.bootUsed)}
	unsure := r.voidRun(run)
	r.sequencer.Begin(run, r.node.ledger.DurableVector())
	r.window.Clear()
	r.node.journal.SkipTo(r.window.End())
	r.notifyMarksChanged(ctx)
	r.runBegan = r.window.End()
	r.node.boot.Store(run.Boot)
	r.node.Log.WithField("boot", run.Boot).Debug("router begins a run")
	r.retake(ctx, unsure)
}

// present returns our present run, with its last message.
func (r *router) present() marks.Mark { return r.sequencer.Present() }

// bootUsed tells whether any known run has a boot.
func (r *router) bootUsed(boot uint64) bool {
	vectors := []*marks.Vector{r.sequencer.Taken()}
	for peer := range r.node.Ring().Hosts {
		vectors = append(vectors, r.node.ledger.HeardFrom(peer), r.node.ledger.AckedBy(peer))
	}
	for _, v := range vectors {
		for m := range v.All() {
			if m.Boot == boot {
				return true
			}
		}
	}
	return boot == r.present().Boot
}

// takeDurable notes how far the log is written.
func (r *router) takeDurable(ctx actor.Context, advanced []marks.Mark) {
	for _, m := range advanced {
		r.sequencer.Durable(m, time.Now())
	}
	r.notifyMarksChanged(ctx)
}

// notifyMarksChanged makes the scheduler have peers told of our marks soon. One message does
// until the scheduler has looked.
func (r *router) notifyMarksChanged(ctx actor.Context) {
	if !r.node.marksChanged.Swap(true) {
		ctx.Send(r.node.KeepAlive(), &messages.MarksChanged{})
	}
}

// errOtherPeerAsked closes the connection of a peer that was asked for a repair, so that it
// does not send what another one is asked for now.
var errOtherPeerAsked = errors.New("another host is asked for what is missing")

// compareMarks compares a peer's marks with ours, and asks for a repair if need be. The peer is
// up, so our link to it need not wait any longer before it dials.
func (r *router) compareMarks(ctx actor.Context, m *messages.Heard) {
	ctx.Send(r.node.link(r.node.distance(m.Peer)), &messages.Redial{})
	vector := r.node.ledger.HeardFrom(m.Peer)
	own := r.present()
	vector.Lower(own.Run, own.Seq) // we lack nothing of our own run, whatever a peer claims
	word := repair.Report{Peer: m.Peer, Marks: vector, Wanted: m.Wanted, More: len(m.Wanted) == maxWanted, Hello: m.Greeting}
	do := r.repairs.Heard(word, r.sequencer.Taken(), time.Now())
	if conn := r.node.waiters.peerConn(do.Replaced); do.Replace && conn != nil {
		ctx.Send(conn, &messages.Abandon{Reason: errOtherPeerAsked})
	}
	if conn := r.node.waiters.peerConn(m.Peer); do.Ask && conn != nil {
		ctx.Send(conn, &messages.AskRepair{})
	}
}
