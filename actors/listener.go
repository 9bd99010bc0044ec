package actors

import (
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/messages"
)

// listener accepts connections on one port, and sends those that are admitted to conns.
type listener struct {
	node           *Node
	port           net.Listener
	peer           bool // the port is for peers, not for clients
	stop           chan struct{}
	done           chan struct{}
	acceptWarnings ratelimit.Allowance
}

// newListener returns the props of a listener on port, which it owns from its start on.
func newListener(node *Node, port net.Listener, peer bool) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &listener{node: node, port: port, peer: peer} })
}

// Receive implements actor.Actor.
func (l *listener) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		l.stop, l.done = make(chan struct{}), make(chan struct{})
		root, conns := ctx.ActorSystem().Root, l.node.conns()
		go l.accept(func(m *messages.Adopt) { root.Send(conns, m) })
	case *actor.Stopping:
		close(l.stop)
		l.port.Close()
		<-l.done
	}
}

// The pauses after an error of Accept double from acceptPause to acceptMaxPause. Without them a
// lack of descriptors would use up the processor.
const (
	acceptPause    = 5 * time.Millisecond
	acceptMaxPause = time.Second
	// acceptWarnEvery is the time between two warnings about errors of Accept.
	acceptWarnEvery = time.Minute
)

// accept runs until the port is closed. It calls adopt for each admitted connection.
func (l *listener) accept(adopt func(*messages.Adopt)) {
	defer close(l.done)
	pause := acceptPause
	var p acceptPacer
	for {
		conn, err := l.port.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			l.admit(conn, adopt)
			l.pause(p.next(time.Now()))
		case errors.Is(err, net.ErrClosed):
			return
		default:
			l.acceptFailed(err)
			l.pause(pause)
			pause = min(2*pause, acceptMaxPause)
		}
	}
}

// pause waits, or returns early when the listener stops.
func (l *listener) pause(after time.Duration) {
	if after <= 0 {
		return
	}
	select {
	case <-time.After(after):
	case <-l.stop:
	}
}

const (
	// A port accepts at most acceptGroup connections in acceptEvery, which is 4,000 in a second.
	// A new connection costs as much time as many messages, and thousands of them must not delay
	// the messages of others.
	acceptGroup = 20
	acceptEvery = 5 * time.Millisecond
)

// acceptPacer spreads connections that come at the same time.
type acceptPacer struct {
	began time.Time // of the present group
	count int       // of the group
}

// next counts a connection, and returns how long to wait before the next one is accepted.
func (p *acceptPacer) next(now time.Time) (pause time.Duration) {
	if now.Sub(p.began) >= acceptEvery {
		p.began, p.count = now, 0
	}
	if p.count++; p.count < acceptGroup {
		return 0
	}
	p.count = 0
	pause = acceptEvery - now.Sub(p.began)
	p.began = now.Add(pause)
	return pause
}

// admit hands a connection over, or refuses it.
func (l *listener) admit(conn net.Conn, adopt func(*messages.Adopt)) {
	accepted, from, err := l.node.accepted.admit(conn, l.peer)
	if err != nil {
		l.node.accepted.refuse(conn, err)
		return
	}
	adopt(&messages.Adopt{Conn: accepted, Peer: from})
}

// acceptFailed logs an error of Accept. If there are no descriptors left, it closes the
// connection of an idle client: the process has fewer than the limit of clients assumes.
func (l *listener) acceptFailed(err error) {
	if _, ok := l.acceptWarnings.Take(time.Now(), 1, acceptWarnEvery); ok {
		l.node.Log.WithError(err).Warn("cannot accept a connection")
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.node.accepted.evictIdleClient()
	}
}
