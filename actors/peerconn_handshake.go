package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
)

// The part of a peerConn that is about TLS. Which host has dialled is known once the handshake is
// done.

// peerShaken says that the handshake has ended.
type peerShaken struct{ err error }

// startHandshake makes the handshake in a goroutine, which ends with the actor.
func (c *peerConn) startHandshake(ctx actor.Context, conn *tlsconn.Conn) {
	c.shaken = make(chan struct{})
	deliver, done := toSelf(ctx), c.shaken
	go func() {
		defer close(done)
		deliver(&peerShaken{conn.Handshake()})
	}()
}

func (c *peerConn) handshakeEnded(ctx actor.Context, m *peerShaken) error {
	if m.err != nil {
		return endReason(c.conn, m.err)
	}
	peer, err := c.node.peerOn(c.conn.Conn.(*tlsconn.Conn), c.remote)
	if err != nil {
		return err
	}
	c.peer, c.incoming.peer = peer, peer
	c.startReading(ctx)
	return c.checkTrust() // the ring file may have changed meanwhile
}

// checkTrust returns why the connection would not pass any more, or nil.
func (c *peerConn) checkTrust() error {
	if c.reader == nil {
		return nil
	}
	return c.node.stillTrusted(c.conn.Conn, trust.Want{Kind: trust.Host, Name: c.node.hostName(c.peer)})
}
