package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// locate tells a link from which position on the window has all that its peer lacks.
func (r *router) locate(ctx actor.Context, m *messages.Locate) {
	backlog := &r.backlogs[m.Peer]
	backlog.Update(m.Marks, r.sequencer.Taken())
	position, ok := r.window.Locate(backlog)
	ctx.Send(m.Link, &messages.Located{Position: position, OK: ok, Marks: m.Marks})
}

// pull gives a link what is behind its position, or makes it wait. If it has waited and asks
// again with Every, it has missed nothing: it starts at the end of the window.
func (r *router) pull(ctx actor.Context, p *messages.Pull) {
	from := p.Position
	if w := r.pulls[p.Peer]; w != nil && w.Position == p.Position && p.Every {
		from = r.window.End()
	}
	if p.Position == r.window.End() && !p.Now {
		r.pulls[p.Peer] = p
		return
	}
	r.forward(ctx, p, from)
}

// forwardToWaiting gives rows, which begin at a position, to the links that wait for them.
func (r *router) forwardToWaiting(ctx actor.Context, rows []row.Row, from uint64) {
	peers := r.tree.Peers(rows, r.live)
	for _, p := range r.pulls {
		if p.Every || peers.Has(p.Peer) {
			r.forward(ctx, p, from)
		}
	}
}

// forward answers a Pull.
func (r *router) forward(ctx actor.Context, p *messages.Pull, from uint64) {
	delete(r.pulls, p.Peer)
	rows, next, ok := r.window.From(from, pullSize)
	ctx.Send(p.Link, &messages.Forward{
		Position: p.Position, Rows: rows, Next: next, End: next == r.window.End(), Up: r.live, OK: ok,
	})
}

func (r *router) setLive(m *messages.Reached) {
	if m.Up {
		r.live = r.live.With(m.Peer)
		return
	}
	r.live = r.live.Without(m.Peer)
	delete(r.pulls, m.Peer)
}

// pullSize is about how many bytes of messages a link takes at a time. Between two
// it hears answers and alarms.
const pullSize = 256 << 10
