// Package admission decides who may connect, and who has to go to make room.
//
// There are so many places in all, and of these so many for one address. When none is
// left, a guest goes that has been idle: of those that never said anything the one that
// came first, else the one that was silent longest. One that is owed an answer stays.
// So one who comes gets in for as long as anybody is idle.
package admission

import (
	"container/list"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Guest is a connection that was let in. It is told from others by ==.
type Conn interface {
	// State tells what the guest does now. It may be asked at any time.
	State() State
	// Evict ends the guest, with the last bytes that it is told. It is asked by whoever
	// asked the Door.
	Evict(last []byte)
}

// State is what there is to know of a guest.
type State struct {
	Spoke bool      // it has said something whole
	Owed  bool      // it waits for an answer
	Since time.Time // when it was heard or answered last
}

// Limits are how many guests there may be, in all and from one address.
type Limits struct{ All, PerAddress int }

// Why a guest is not let in: there are so many already, and none of them is idle.
var (
	ErrFull    = errors.New("too many clients")
	ErrAddress = errors.New("too many clients from one address")
)

// Door is who is in. The zero value is an empty house. It is not for two goroutines at
// once.
type Pool struct {
	all       crowd
	addresses map[netip.Prefix]*crowd
	from      map[Conn]netip.Prefix
}

// Enter lets a guest in from what counts as one address. Where others have to go for that, they are
// returned, and no guests any more: one, or more where the limits are lower than they were.
func (d *Pool) Admit(g Conn, from netip.Prefix, limits Limits, now time.Time) (out []Conn, err error) {
	for {
		var next Conn
		switch there := d.addresses[from]; {
		case there != nil && there.len() >= limits.PerAddress:
			next, err = there.idlest(now), ErrAddress
		case d.all.len() >= limits.All:
			next, err = d.all.idlest(now), ErrFull
		default:
			d.add(g, from)
			return out, nil
		}
		if next == nil {
			return out, err
		}
		d.Remove(next)
		out = append(out, next)
	}
}

// Evict returns the guest that would go next, which is no guest any more, or nil if none
// is idle.
func (d *Pool) Evict(now time.Time) Conn {
	out := d.all.idlest(now)
	if out != nil {
		d.Remove(out)
	}
	return out
}

func (d *Pool) add(g Conn, from netip.Prefix) {
	if d.from == nil {
		d.addresses, d.from = make(map[netip.Prefix]*crowd), make(map[Conn]netip.Prefix)
	}
	if d.addresses[from] == nil {
		d.addresses[from] = new(crowd)
	}
	d.all.add(g)
	d.addresses[from].add(g)
	d.from[g] = from
}

// Leave notes that a guest has gone, if it is one.
func (d *Pool) Remove(g Conn) {
	from, ok := d.from[g]
	if !ok {
		return
	}
	delete(d.from, g)
	d.all.remove(g)
	if d.addresses[from].remove(g); d.addresses[from].len() == 0 {
		delete(d.addresses, from)
	}
}

// Len returns how many guests there are.
func (d *Pool) Len() int { return d.all.len() }

// crowd is guests of whom one may have to go. To look at all of them costs time, and who
// is to be kept out must not be able to spend ours: so the oldest that have not spoken
// are in a list, and of the others some of the idlest are known from the last look.
type crowd struct {
	guests map[Conn]*list.Element // in fresh, or nil
	fresh  list.List              // those that have not spoken, as far as we know, in the order of their coming
	idle   []rest
	looked time.Time // when all were looked at, and none was idle
}

// rest is a guest that was idle since a time.
type rest struct {
	guest Conn
	since time.Time
}

const (
	// known is how many of the idlest are remembered.
	known = 64
	// blink is how long it counts that nobody is idle.
	blink = 100 * time.Millisecond
)

func (c *crowd) len() int { return len(c.guests) }

func (c *crowd) add(g Conn) {
	if c.guests == nil {
		c.guests = make(map[Conn]*list.Element)
	}
	c.guests[g] = c.fresh.PushBack(g)
}

func (c *crowd) remove(g Conn) {
	if e := c.guests[g]; e != nil {
		c.fresh.Remove(e)
	}
	delete(c.guests, g)
}

// idlest returns who goes first, or nil.
func (c *crowd) idlest(now time.Time) Conn {
	for e := c.fresh.Front(); e != nil; e = c.fresh.Front() {
		g := e.Value.(Conn)
		if !g.State().Spoke {
			return g
		}
		c.fresh.Remove(e)
		c.guests[g] = nil
	}
	if g := c.next(); g != nil {
		return g
	}
	if now.Sub(c.looked) < blink {
		return nil
	}
	c.look()
	if len(c.idle) == 0 {
		c.looked = now
	}
	return c.next()
}

// next returns the idlest of those that are known and were idle ever since. Nobody else
// can have become idler than they are.
func (c *crowd) next() Conn {
	for len(c.idle) > 0 {
		r := c.idle[0]
		if _, ok := c.guests[r.guest]; ok {
			if s := r.guest.State(); !s.Owed && s.Since.Equal(r.since) {
				return r.guest
			}
		}
		c.idle = c.idle[1:]
	}
	return nil
}

// look looks at all.
func (c *crowd) look() {
	idle := make([]rest, 0, len(c.guests))
	for g := range c.guests {
		if s := g.State(); !s.Owed {
			idle = append(idle, rest{g, s.Since})
		}
	}
	slices.SortFunc(idle, func(a, b rest) int { return a.since.Compare(b.since) })
	c.idle = slices.Clone(idle[:min(len(idle), known)])
}
