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

// windowSize is how many bytes of messages are kept for the links (I6).
const windowSize = 12 << 20

// Router takes messages as the sequencer decides, puts them in order, and hands them to
// the links first and to the access log second (DESIGN 4: forward, log, Ok).
type Router struct {
	node *Node
	*routerState
}

// routes is what the router knows. It outlives the actor.
type routerState struct {
	sequencer   *sequencer.Sequencer
	runBegan    uint64 // the position at which our run began
	window      *window.Window
	live        ring.Set
	pulls       map[int]*messages.Pull // of the links that wait; they have all there is for them
	tree        *relay.Tree
	repairs     *repair.Selector
	conflictLog ratelimit.Allowance // for lines about texts that differ
	surplusLog  ratelimit.Allowance // for lines about runs that are not taken
	backlogs    []marks.Backlog     // of each peer, by its answers, of what was taken
}

// NewRouter returns the props of the router.
func NewRouter(node *Node) *actor.Props {
	hosts := len(node.Ring().Hosts)
	repairs := repair.New(hosts, node.self, node.Ring().Index)
	memory := &routerState{
		sequencer: sequencer.New(sequencer.Config{
			Self: node.self, Index: func(origin string) (int, bool) { return node.Ring().Index(origin) },
			Repairs: repairs, Runs: &node.runs.census, Limits: node.runs.share, Describe: node.runs.newcomer, Denies: node.ledger.Denies,
		}),
		window:   window.New(windowSize),
		pulls:    make(map[int]*messages.Pull),
		tree:     relay.NewTree(node.plan, node.self, node.Ring().Index),
		repairs:  repairs,
		backlogs: make([]marks.Backlog, hosts),
	}
	return node.Props(func(func() bool) actor.Actor { return &Router{node: node, routerState: memory} })
}

// Receive implements actor.Actor.
func (r *Router) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.beginRun(ctx)
	case *messages.RolledBack:
		// Batches from before our last beginning are known to be lost.
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
		if r.node.ledger.Void() { // else a run has begun for it already
			r.beginRun(ctx)
		}
	case *messages.Gone:
		if r.node.waiters.peerConn(m.Peer) == nil { // else the word is late, and a newer one has greeted
			r.repairs.Disconnected(m.Peer, time.Now())
		}
	}
}

// begin starts a new run of our own, with taken fallen back to what is durable.
// What was offered to a link and then not logged keeps its number: it comes
// back by repair, as a message of the run before (DESIGN 5). All accepted
// connections are closed, as batches of theirs may be lost: whoever sent them sends again.
func (r *Router) beginRun(ctx actor.Context) {
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

// present is our own run, with the seq of its last message.
func (r *Router) present() marks.Mark { return r.sequencer.Present() }

// known tells whether anybody has ever used boot.
func (r *Router) bootUsed(boot uint64) bool {
	tables := []*marks.Vector{r.sequencer.Taken()}
	for peer := range r.node.Ring().Hosts {
		tables = append(tables, r.node.ledger.HeardFrom(peer), r.node.ledger.AckedBy(peer))
	}
	for _, t := range tables {
		for m := range t.All() {
			if m.Boot == boot {
				return true
			}
		}
	}
	return boot == r.present().Boot
}

// durable takes over what the log has.
func (r *Router) takeDurable(ctx actor.Context, advanced []marks.Mark) {
	for _, m := range advanced {
		r.sequencer.Durable(m, time.Now())
	}
	r.notifyMarksChanged(ctx)
}

// unsettle has the peers told of our marks soon. It is said once until the scheduler
// has looked.
func (r *Router) notifyMarksChanged(ctx actor.Context) {
	if !r.node.marksChanged.Swap(true) {
		ctx.Send(r.node.KeepAlive(), &messages.MarksChanged{})
	}
}

// errOutdone says why the connection of a peer is closed that was asked for what we lack:
// so it does not send what then comes from the other.
var errOtherPeerAsked = errors.New("another host is asked for what is missing")

// heard compares a peer's marks with ours. That the peer speaks shows that it
// is up: if our link to it waits, it need not.
func (r *Router) compareMarks(ctx actor.Context, m *messages.Heard) {
	ctx.Send(r.node.link(r.node.distance(m.Peer)), &messages.Redial{})
	said := r.node.ledger.HeardFrom(m.Peer)
	own := r.present()
	said.Lower(own.Run, own.Seq) // of our own run we lack nothing, whatever a peer claims
	word := repair.Report{Peer: m.Peer, Marks: said, Wanted: m.Wanted, More: len(m.Wanted) == maxWanted, Hello: m.Greeting}
	do := r.repairs.Heard(word, r.sequencer.Taken(), time.Now())
	if conn := r.node.waiters.peerConn(do.Replaced); do.Replace && conn != nil {
		ctx.Send(conn, &messages.Abandon{Reason: errOtherPeerAsked})
	}
	if conn := r.node.waiters.peerConn(m.Peer); do.Ask && conn != nil {
		ctx.Send(conn, &messages.AskRepair{})
	}
}
