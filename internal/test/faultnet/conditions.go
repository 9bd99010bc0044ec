package faultnet

import (
	"maps"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Set sets the condition of a route. It also applies to what is under way.
func (n *Net) Set(r Route, c Condition) {
	n.mu.Lock()
	l := n.link(r)
	l.own = true
	concerned := n.setCondition(l, c)
	n.mu.Unlock()
	for _, e := range concerned {
		e.conditionChanged(c)
	}
}

// setPower sets whether the host at an address has no power. It returns the ends that write to it. The
// caller holds mu.
func (n *Net) setPower(a netip.Addr, dark bool) (concerned []*end) {
	if dark {
		n.poweredOff[a] = true
	} else {
		delete(n.poweredOff, a)
	}
	n.wakeDials()
	now := time.Now()
	for r, l := range n.links {
		if r.To == a {
			l.setPower(dark, now)
			concerned = slices.AppendSeq(concerned, maps.Keys(l.ends))
		}
	}
	return concerned
}

// SetDefault sets the condition of all routes, present and future, for which Set was never called.
func (n *Net) SetDefault(c Condition) {
	n.mu.Lock()
	n.defaultCondition = c
	var concerned []*end
	for _, l := range n.links {
		if !l.own {
			concerned = append(concerned, n.setCondition(l, c)...)
		}
	}
	n.mu.Unlock()
	for _, e := range concerned {
		e.conditionChanged(c)
	}
}

// Condition returns the condition of a route.
func (n *Net) Condition(r Route) Condition {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.condition(r)
}

func (n *Net) condition(r Route) Condition {
	if l := n.links[r]; l != nil {
		return l.condition()
	}
	return n.defaultCondition
}

// link returns the state of a route. The caller holds mu.
func (n *Net) link(r Route) *link {
	l := n.links[r]
	if l == nil {
		l = &link{route: r, cond: n.defaultCondition, poweredOff: n.poweredOff[r.To], ends: make(map[*end]bool)}
		n.links[r] = l
	}
	return l
}

// setCondition changes a link and returns the ends that are affected: those that write to it, and, if it
// refuses connections, those that read from it.
func (n *Net) setCondition(l *link, c Condition) []*end {
	l.setCondition(c, time.Now())
	n.wakeDials()
	var concerned []*end
	for e := range l.ends {
		concerned = append(concerned, e)
	}
	if back := n.links[l.route.back()]; back != nil && c.Refuse {
		for e := range back.ends {
			concerned = append(concerned, e)
		}
	}
	return concerned
}

func (n *Net) wakeDials() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// Reset resets the connections that r.From has dialled to r.To, at once and at both ends, and returns
// their number. Those that r.To has dialled belong to the reverse Route.
func (n *Net) Reset(r Route) int {
	ends := n.endsWhere(func(e *end) bool {
		return e.dialled && e.link.route == r || !e.dialled && e.link.route == r.back()
	})
	hit := make(map[pair]bool)
	for _, e := range ends {
		hit[e.pair] = true
		e.reset(syscall.ECONNRESET)
	}
	return len(hit)
}

// Release ends all stalls on a route. What was held back leaves now.
func (n *Net) Release(r Route) {
	for _, e := range n.endsWhere(func(e *end) bool { return e.link.route == r }) {
		e.release()
	}
}
