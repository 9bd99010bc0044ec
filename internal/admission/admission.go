// Package admission decides which connections are admitted, and which are closed to make
// room for new ones.
//
// The number of connections is limited, in all and from one address. When a limit is
// reached, an idle connection is closed for a new one: the oldest of those that never sent
// a complete frame, or else the one that was silent longest. A connection that is owed an
// answer is never closed. So a new connection is admitted as long as any other is idle.
//
// A connection that proves later who is at its other side is then one of those with this name,
// whose number is limited in the same way, whatever their addresses.
package admission

import (
	"container/list"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Conn is a connection that was admitted. Conns are compared with ==.
type Conn interface {
	// State returns what the connection does now. It is safe for concurrent use.
	State() State
	// Evict closes the connection after sending last, and keeps why. The user of the Pool calls it.
	Evict(why error, last []byte)
}

// State is the state of a connection.
type State struct {
	Spoke bool      // it has sent a complete frame
	Owed  bool      // it waits for an answer
	Since time.Time // when it last sent something or was answered
}

// Limits are how many connections there may be, in all and from one address.
type Limits struct{ All, PerAddress int }

// Why a connection is not admitted: a limit is reached, and no connection is idle.
var (
	ErrFull    = errors.New("too many clients")
	ErrAddress = errors.New("too many clients from one address")
	ErrName    = errors.New("too many clients with one certificate name")
)

// Pool is the set of admitted connections. The zero value is empty. It is not safe for
// concurrent use.
type Pool struct {
	all       group
	addresses map[netip.Prefix]*group
	from      map[Conn]netip.Prefix
	names     map[string]*group
	named     map[Conn]string
}

// Admit adds a connection from a source address. The connections that must be closed for it
// are removed from the pool and returned: one, or more if the limits were lowered. The error
// is ErrFull or ErrAddress; connections may have been removed with it too.
func (p *Pool) Admit(c Conn, from netip.Prefix, limits Limits, now time.Time) (out []Conn, err error) {
	for {
		var next Conn
		switch there := p.addresses[from]; {
		case there != nil && there.len() >= limits.PerAddress:
			next, err = there.victim(now), ErrAddress
		case p.all.len() >= limits.All:
			next, err = p.all.victim(now), ErrFull
		default:
			p.add(c, from)
			return out, nil
		}
		if next == nil {
			return out, err
		}
		p.Remove(next)
		out = append(out, next)
	}
}

// Evict removes and returns the connection that would be closed next, or nil if none is idle.
func (p *Pool) Evict(now time.Time) Conn {
	out := p.all.victim(now)
	if out != nil {
		p.Remove(out)
	}
	return out
}

func (p *Pool) add(c Conn, from netip.Prefix) {
	if p.from == nil {
		p.addresses, p.from = make(map[netip.Prefix]*group), make(map[Conn]netip.Prefix)
	}
	if p.addresses[from] == nil {
		p.addresses[from] = new(group)
	}
	p.all.add(c)
	p.addresses[from].add(c)
	p.from[c] = from
}

// Name notes that a connection in the pool has a name, of which there may be so many. The
// connections that must be closed for it are removed from the pool and returned. The error is
// ErrName; connections may have been removed with it too. A connection that is not in the pool any
// more gets no name.
func (p *Pool) Name(c Conn, name string, most int, now time.Time) (out []Conn, err error) {
	if _, ok := p.from[c]; !ok {
		return nil, nil
	}
	for there := p.names[name]; there != nil && there.len() >= most; there = p.names[name] {
		next := there.victim(now)
		if next == nil {
			return out, ErrName
		}
		p.Remove(next)
		out = append(out, next)
	}
	if p.names == nil {
		p.names, p.named = make(map[string]*group), make(map[Conn]string)
	}
	if p.names[name] == nil {
		p.names[name] = new(group)
	}
	p.names[name].add(c)
	p.named[c] = name
	return out, nil
}

// Remove removes a connection, if it is in the pool.
func (p *Pool) Remove(c Conn) {
	from, ok := p.from[c]
	if !ok {
		return
	}
	delete(p.from, c)
	p.all.remove(c)
	if p.addresses[from].remove(c); p.addresses[from].len() == 0 {
		delete(p.addresses, from)
	}
	name, ok := p.named[c]
	if !ok {
		return
	}
	delete(p.named, c)
	if p.names[name].remove(c); p.names[name].len() == 0 {
		delete(p.names, name)
	}
}

// Len returns how many connections are in the pool.
func (p *Pool) Len() int { return p.all.len() }

// group is a set of connections, one of which may have to be closed. To look at all of them
// takes time that a flood of new connections must not cost us. So the connections that never
// sent anything are in a list, and of the others the idlest at the last scan are remembered.
type group struct {
	conns     map[Conn]*list.Element // the element of silent, or nil
	silent    list.List              // those that had sent nothing when last looked at, oldest first
	idle      []idleConn             // the idlest at the last scan
	foundNone time.Time              // when a scan last found no idle connection
}

// idleConn is a connection that was idle since some time.
type idleConn struct {
	conn  Conn
	since time.Time
}

const (
	// maxIdle is how many of the idlest connections a scan remembers.
	maxIdle = 64
	// rescanAfter is the least time between two scans that find nothing.
	rescanAfter = 100 * time.Millisecond
)

func (g *group) len() int { return len(g.conns) }

func (g *group) add(c Conn) {
	if g.conns == nil {
		g.conns = make(map[Conn]*list.Element)
	}
	g.conns[c] = g.silent.PushBack(c)
}

func (g *group) remove(c Conn) {
	if e := g.conns[c]; e != nil {
		g.silent.Remove(e)
	}
	delete(g.conns, c)
}

// victim returns the connection to close next, or nil.
func (g *group) victim(now time.Time) Conn {
	for e := g.silent.Front(); e != nil; e = g.silent.Front() {
		c := e.Value.(Conn)
		if !c.State().Spoke {
			return c
		}
		g.silent.Remove(e)
		g.conns[c] = nil
	}
	if c := g.nextIdle(); c != nil {
		return c
	}
	if now.Sub(g.foundNone) < rescanAfter {
		return nil
	}
	g.scan()
	if len(g.idle) == 0 {
		g.foundNone = now
	}
	return g.nextIdle()
}

// nextIdle returns the idlest connection of the last scan that has been idle ever since. No
// other connection can have become idler.
func (g *group) nextIdle() Conn {
	for len(g.idle) > 0 {
		r := g.idle[0]
		if _, ok := g.conns[r.conn]; ok {
			if s := r.conn.State(); !s.Owed && s.Since.Equal(r.since) {
				return r.conn
			}
		}
		g.idle = g.idle[1:]
	}
	return nil
}

// scan finds the idlest connections.
func (g *group) scan() {
	idle := make([]idleConn, 0, len(g.conns))
	for c := range g.conns {
		if s := c.State(); !s.Owed {
			idle = append(idle, idleConn{c, s.Since})
		}
	}
	slices.SortFunc(idle, func(a, b idleConn) int { return a.since.Compare(b.since) })
	g.idle = slices.Clone(idle[:min(len(idle), maxIdle)])
}
