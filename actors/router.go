package actors

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/repair"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/window"
	"xlattice.org/zog/messages"
)

// windowSize is how many bytes of messages are kept for the links (I6).
const windowSize = 16 << 20

// Router takes messages: it gives those from clients their identity, judges
// those from peers by the marks, puts them in order, and hands them to the
// links first and to the access log second (DESIGN 4: forward, log, Ok).
type Router struct {
	node *Node
	*routes
}

// routes is what the router knows. It outlives the actor.
type routes struct {
	taken   marks.Table
	boot    uint64 // of our own run; 0 before the router has begun
	seq     uint64 // of the last message of our run
	begun   uint64 // the position at which our run began
	window  *window.Window
	up      ring.Set
	pulls   map[int]*messages.Pull // of the links that wait for more
	peers   map[int]*actor.PID     // their connections to us
	waiting map[string]*actor.PID  // clients' connections that wait for copies
	repairs *repair.Chooser
	brought []uint64 // messages taken from each peer
}

// NewRouter returns the props of the router.
func NewRouter(node *Node) *actor.Props {
	hosts := len(node.Ring().Hosts)
	memory := &routes{
		window:  window.New(windowSize),
		pulls:   make(map[int]*messages.Pull),
		peers:   make(map[int]*actor.PID),
		waiting: make(map[string]*actor.PID),
		repairs: repair.New(hosts),
		brought: make([]uint64, hosts),
	}
	return node.Props(func(func() bool) actor.Actor { return &Router{node: node, routes: memory} })
}

// Receive implements actor.Actor.
func (r *Router) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.begin(ctx)
	case *messages.RolledBack:
		// Batches from before our last beginning are known to be lost.
		if m.Position > r.begun {
			r.begin(ctx)
		}
	case *messages.Take:
		r.take(ctx, m.Batch)
	case *messages.Appended:
		r.spread(ctx, m.Marks)
	case *messages.Pull:
		r.pull(ctx, m)
	case *messages.Locate:
		position, ok := r.window.Locate(&r.taken, m.Marks)
		ctx.Send(m.Link, &messages.Located{Position: position, OK: ok, Repair: m.Repair})
	case *messages.Reached:
		r.reached(m)
	case *messages.Greeted:
		r.greeted(ctx, m)
	case *messages.Heard:
		r.heard(ctx, m)
	case *messages.Gone:
		r.gone(m.Conn)
	case *messages.Await:
		r.await(ctx, m)
	case *messages.Acked:
		for _, conn := range r.waiting {
			ctx.Send(conn, &messages.Advanced{})
		}
	}
}

// begin starts a new run of our own, with taken fallen back to what is durable.
// What was offered to a link and then not logged keeps its number: it comes
// back by repair, as a message of the run before (DESIGN 5). All connections
// are closed, as batches of theirs may be lost: whoever sent them sends again.
func (r *Router) begin(ctx actor.Context) {
	if r.boot != 0 {
		ctx.Send(r.node.Conns(), &messages.Abandon{Reason: errNewRun})
	}
	r.taken = *r.node.Ledger.Snapshot()
	r.window.Clear()
	r.boot, r.seq, r.begun = newBoot(r.known), 0, r.window.End()
	r.node.Log.WithField("boot", r.boot).Debug("router begins a run")
}

// known tells whether anybody has ever used boot.
func (r *Router) known(boot uint64) bool {
	tables := []*marks.Table{&r.taken}
	for peer := range r.node.Ring().Hosts {
		tables = append(tables, r.node.Ledger.HeardFrom(peer))
	}
	for _, t := range tables {
		for _, m := range t.Marks() {
			if m.Boot == boot {
				return true
			}
		}
	}
	return boot == r.boot
}

// take is the way of a batch: identity or judgement, the links, the log.
func (r *Router) take(ctx actor.Context, b *messages.Batch) {
	if b.Peer == messages.FromClient {
		r.name(b)
	} else if err := r.judge(b); err != nil {
		ctx.Send(b.Source, &messages.Abandon{Reason: err})
		return
	}
	if b.Early.Seq != 0 && r.repairs.Gap(b.Peer, b.Early, r.brought[b.Peer], time.Now()) {
		ctx.Send(b.Source, &messages.AskRepair{})
	}
	b.Position = r.window.Add(b.Items)
	r.node.Position.Store(b.Position)
	r.window.Trim(r.node.Journal.Logged())
	for _, p := range r.pulls {
		r.pull(ctx, p)
	}
	ctx.Send(r.node.AccessLog(), &messages.Append{Batch: b})
}

// name gives the messages of a client their identity.
func (r *Router) name(b *messages.Batch) {
	self, now := r.node.Name(), r.node.Now().Unix()
	for i := range b.Items {
		item := &b.Items[i]
		r.seq++
		item.Origin, item.Boot, item.Seq, item.Time = self, r.boot, r.seq, now
	}
	if len(b.Items) > 0 {
		r.taken.Raise(marks.Run{Origin: self, Boot: r.boot}, r.seq)
	}
	r.node.Counts.Taken.Add(uint64(len(b.Items)))
}

// Why the router closes connections. A forged message is one in our name that
// we never took.
var (
	errNewRun   = errors.New("the host has begun a new run")
	errReplaced = errors.New("replaced by a newer connection")
)

const errForged violation = "a message that claims to be ours and is not"

// judge keeps of a peer's batch what is the next of its run. The error is
// errForged, and then nothing of the batch is believed.
func (r *Router) judge(b *messages.Batch) error {
	// Nothing is taken before all is believed: what is taken must be logged.
	self, kept := r.node.Name(), b.Items[:0]
	for i := range b.Items {
		if item := &b.Items[i]; item.Boot == r.boot && item.Origin == self && item.Seq > r.seq {
			return errForged
		}
	}
	for i := range b.Items {
		item := &b.Items[i]
		switch r.taken.Offer(item.Run(), item.Seq) {
		case marks.Next:
			kept = append(kept, *item)
		case marks.Duplicate:
			r.node.Counts.Duplicates.Add(1)
			hold(b, item, b.FirstID+uint64(i))
		case marks.Gap:
			r.node.Counts.Early.Add(1)
			if b.Early.Seq == 0 {
				b.Early = marks.Mark{Run: item.Run(), Seq: item.Seq}
			}
		}
	}
	b.Items = compact(b.Items, len(kept))
	r.node.Counts.Received.Add(uint64(len(kept)))
	r.brought[b.Peer] += uint64(len(kept))
	r.repairs.Taken(b.Peer, &r.taken)
	return nil
}

// compact returns the first kept of items. If these are few it copies them: the
// window counts what it holds, not the batch that it came in (I6).
func compact(items []window.Item, kept int) []window.Item {
	if 2*kept >= len(items) {
		clear(items[kept:])
		return items[:kept]
	}
	few := slices.Clone(items[:kept])
	for i := range few {
		few[i].Text = bytes.Clone(few[i].Text)
	}
	return few
}

// hold notes a frame that was taken before, in one row with those before it.
func hold(b *messages.Batch, item *window.Item, id uint64) {
	if n := len(b.Held); n > 0 {
		if last := &b.Held[n-1]; last.Run == item.Run() && last.LastID+1 == id && last.Seq < item.Seq {
			last.LastID, last.Seq = id, item.Seq
			return
		}
	}
	b.Held = append(b.Held, messages.Held{FirstID: id, LastID: id, Run: item.Run(), Seq: item.Seq})
}

// pull gives a link what is behind its position, or lets it wait.
func (r *Router) pull(ctx actor.Context, p *messages.Pull) {
	if p.Position == r.window.End() && !p.Now {
		r.pulls[p.Peer] = p
		return
	}
	delete(r.pulls, p.Peer)
	items, next, ok := r.window.From(p.Position, pullSize)
	ctx.Send(p.Link, &messages.Forward{
		Position: p.Position, Items: items, Next: next, End: next == r.window.End(), Up: r.up, OK: ok,
	})
}

// spread tells those concerned that the log has grown. What is durable is
// taken: a batch that was on its way to the disk when we began a new run would
// else be waited for, while its sender sees by our marks that we have it.
func (r *Router) spread(ctx actor.Context, advanced []marks.Mark) {
	for _, m := range advanced {
		r.taken.Raise(m.Run, m.Seq)
	}
	for len(advanced) > 0 {
		n := 1
		for n < len(advanced) && advanced[n].Origin == advanced[0].Origin {
			n++
		}
		if origin, ok := r.node.Ring().Index(advanced[0].Origin); ok && r.peers[origin] != nil {
			ctx.Send(r.peers[origin], &messages.Advanced{Marks: advanced[:n]})
		}
		advanced = advanced[n:]
	}
	ctx.Send(r.node.KeepAlive(), &messages.Unsettled{})
}

func (r *Router) reached(m *messages.Reached) {
	if m.Up {
		r.up = r.up.With(m.Peer)
		return
	}
	r.up = r.up.Without(m.Peer)
	delete(r.pulls, m.Peer)
}

// greeted notes a peer's new connection, which replaces an older one.
func (r *Router) greeted(ctx actor.Context, m *messages.Greeted) {
	if old := r.peers[m.Peer]; old != nil && !old.Equal(m.Conn) {
		ctx.Send(old, &messages.Abandon{Reason: errReplaced})
	}
	r.peers[m.Peer] = m.Conn
	r.repairs.Gone(m.Peer) // what was asked on the older one will not come
}

// heard compares a peer's marks with ours. That the peer speaks shows that it
// is up: if our link to it waits, it need not.
func (r *Router) heard(ctx actor.Context, m *messages.Heard) {
	ctx.Send(r.node.Link(m.Peer), &messages.Redial{})
	brought := uint64(0)
	if repairer, ok := r.repairs.Repairer(); ok {
		brought = r.brought[repairer]
	}
	word := repair.Word{Peer: m.Peer, Marks: r.node.Ledger.HeardFrom(m.Peer), Hello: m.Hello, Brought: brought}
	if r.repairs.Heard(word, &r.taken, time.Now()) && r.peers[m.Peer] != nil {
		ctx.Send(r.peers[m.Peer], &messages.AskRepair{})
	}
}

func (r *Router) gone(conn *actor.PID) {
	delete(r.waiting, conn.Id)
	for peer, pid := range r.peers {
		if pid.Equal(conn) {
			delete(r.peers, peer)
			r.repairs.Gone(peer)
		}
	}
}

// await notes who waits for copies. The first word comes at once: what it waits
// for may have come since it last looked.
func (r *Router) await(ctx actor.Context, m *messages.Await) {
	if m.Waiting {
		r.waiting[m.Conn.Id] = m.Conn
		ctx.Send(m.Conn, &messages.Advanced{})
	} else {
		delete(r.waiting, m.Conn.Id)
	}
}
