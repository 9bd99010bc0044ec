package actors

import (
	"strconv"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// RootName is the name of the root of a host's actors.
const RootName = "zog"

// The names of the root's children. A name below the root is the actor's path in the tree.
const (
	AccessLogName = "accesslog"
	ScrubName     = "scrub"
	ErrorLogName  = "errorlog"
	RouterName    = "router"
	KeepAliveName = "keepalive"
	SurveyName    = "survey"
	FollowersName = "followers"
	ListenersName = "listeners"
	ConnsName     = "conns"
	LinksName     = "links"
)

// FollowerName is the name of the follower below the connection of its client.
const FollowerName = "follower"

// linkName returns the name of the link to the peer at a distance.
func linkName(distance int) string { return "+" + strconv.Itoa(distance) }

// directory finds the actors of the host by their names. The PID of a name never changes, also
// when the actor is restarted, so each is made once.
type directory struct {
	System *actor.ActorSystem
	pids   sync.Map // of *actor.PID, by name
}

func (d *directory) pid(name string) *actor.PID {
	pid, ok := d.pids.Load(name)
	if !ok {
		pid, _ = d.pids.LoadOrStore(name, d.System.NewLocalPID(RootName+"/"+name))
	}
	return pid.(*actor.PID)
}

// AccessLog returns the actor that writes access.log.
func (d *directory) AccessLog() *actor.PID { return d.pid(AccessLogName) }

// ErrorLog returns the actor that writes error.log.
func (d *directory) ErrorLog() *actor.PID { return d.pid(ErrorLogName) }

// KeepAlive returns the actor that schedules keep-alives and finds dead connections.
func (d *directory) KeepAlive() *actor.PID { return d.pid(KeepAliveName) }

// ParentsOfConnections returns the actors whose children have connections.
func (d *directory) ParentsOfConnections() []*actor.PID {
	return []*actor.PID{d.conns(), d.pid(LinksName)}
}

func (d *directory) router() *actor.PID    { return d.pid(RouterName) }
func (d *directory) survey() *actor.PID    { return d.pid(SurveyName) }
func (d *directory) followers() *actor.PID { return d.pid(FollowersName) }
func (d *directory) conns() *actor.PID     { return d.pid(ConnsName) }

// link returns the link to the peer at a distance.
func (d *directory) link(distance int) *actor.PID { return d.pid(LinksName + "/" + linkName(distance)) }
