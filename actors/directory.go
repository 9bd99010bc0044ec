package actors

import (
	"strconv"

	"github.com/asynkron/protoactor-go/actor"
)

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

func linkName(position int) string { return "+" + strconv.Itoa(position) }
