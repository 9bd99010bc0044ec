package actors

import (
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/neterr"
)

// linkLog tells the operator about a link: each change once, however often the link dials. It
// outlives the actor.
type linkLog struct {
	node    *Node
	peer    int
	isUp    bool
	logged  bool      // there was a line already
	refusal string    // what lasting returned for the refusal that was logged last
	lastUp  time.Time // or when this host started
}

// downFor returns how long the peer has not been up.
func (l *linkLog) downFor() time.Duration { return time.Since(l.lastUp) }

func (l *linkLog) logf(level logrus.Level, format string, args ...any) {
	l.node.peerLog.logf(l.peer, level, format, args...)
}

// up says that messages are exchanged, and whether they are protected.
func (l *linkLog) up(secure bool) {
	if !l.isUp || !l.logged {
		l.node.peerLog.logWith(l.peer, logrus.Fields{"tls": secure}, logrus.InfoLevel, "peer is up")
	}
	l.isUp, l.logged, l.refusal = true, true, ""
}

func (l *linkLog) down(why error) {
	why = neterr.Cause(why) // without the address, as the line names the peer
	switch {
	case isRefusal(why) && lasting(why) != l.refusal:
		l.refusal = lasting(why)
		l.logf(logrus.ErrorLevel, "no messages are exchanged with this peer: %v", why)
	case l.isUp:
		l.lastUp = time.Now()
		l.logf(logrus.WarnLevel, "peer is down: %v", why)
	case !l.logged:
		l.logf(logrus.InfoLevel, "peer cannot be reached: %v", why)
	default:
		l.node.Log.WithField("peer", l.node.hostName(l.peer)).Debugf("peer cannot be reached: %v", why)
	}
	l.isUp, l.logged = false, true
}

func (l *linkLog) note(what string) { l.logf(logrus.InfoLevel, "peer %s", what) }
