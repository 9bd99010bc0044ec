package actors

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// dialTimeout is how long a dial may take. One that was begun while the way was cut
// hears of its end no sooner than TCP sends again, which a new one does at once.
const dialTimeout = time.Second

// dialed is a Link's dial, and in the end what became of it.
type dialed struct {
	cancel context.CancelFunc
	done   chan struct{} // closed at its end
	conn   net.Conn
	err    error
}

// dial begins to dial; a dialed message follows.
func (l *Link) dial(ctx actor.Context) {
	ring := l.node.Ring()
	from := ring.Hosts[l.node.Self].Address
	to := netip.AddrPortFrom(ring.Hosts[l.peer].Address, ring.Ports.Peer)
	within, cancel := context.WithTimeout(context.Background(), dialTimeout)
	d := &dialed{cancel: cancel, done: make(chan struct{})}
	l.dialing, l.timer, l.tried = d, nil, time.Now()
	root, self := ctx.ActorSystem().Root, ctx.Self()
	go func() {
		defer close(d.done)
		d.conn, d.err = l.node.Dial(within, from, to)
		root.Send(self, d)
	}()
}

// dialled ends a dial, unless it is that of an actor that has failed since.
func (l *Link) dialled(ctx actor.Context, d *dialed) {
	switch {
	case l.dialing != d:
	case d.err != nil:
		d.cancel()
		l.dialing = nil
		l.becomeWaiting(ctx, d.err)
	default:
		d.cancel()
		l.dialing = nil
		l.becomeGreeting(ctx, d.conn)
	}
}

// end gives a dial up.
func (d *dialed) end() {
	d.cancel()
	<-d.done
	if d.conn != nil {
		d.conn.Close()
	}
}
