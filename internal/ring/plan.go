package ring

import (
	"fmt"
	"math/bits"
)

// respectiveHosts is the one size of ring that [Respective] is defined for.
const respectiveHosts = 5

// Send is one hop of a message.
type Send struct {
	To       int // host index in ring order
	Wrapping uint32
}

// Plan is the forwarding plan of a ring. It is a small immutable value, safe to copy and for
// concurrent use. The zero Plan is that of a ring without hosts.
type Plan struct {
	n      int
	scheme Scheme
}

// New returns the plan for n hosts. It returns an error if n is not between 1 and
// [MaxHosts], if the scheme is unknown, or if it is [Respective] and n is not 5.
func New(n int, s Scheme) (Plan, error) {
	switch {
	case n < 1 || n > MaxHosts:
		return Plan{}, fmt.Errorf("a ring of %d hosts: want 1 to %d", n, MaxHosts)
	case int(s) >= len(schemeNames):
		return Plan{}, fmt.Errorf("unknown wrapping %v", s)
	case s == Respective && n != respectiveHosts:
		return Plan{}, fmt.Errorf("wrapping %v is for %d hosts, the ring has %d", s, respectiveHosts, n)
	}
	return Plan{n: n, scheme: s}, nil
}

// Position returns the position of host for messages of origin: (host-origin) mod n. It is
// -1 if either is not an index of this ring.
func (p Plan) Position(origin, host int) int {
	if uint(origin) >= uint(p.n) || uint(host) >= uint(p.n) {
		return -1
	}
	if host < origin {
		host += p.n
	}
	return host - origin
}

// Wrapping returns the wrapping with which a message of origin is sent to host. It is the
// same along the tree and in a repair, so a host forwards new messages whichever way they
// came. It is 0 for the origin, which needs no wrapping to forward, and for hosts outside
// the ring.
func (p Plan) Wrapping(origin, host int) uint32 {
	return p.wrapping(p.Position(origin, host))
}

// Sends appends to dst the hops by which self forwards a message of origin that reached it
// with wrapping, and returns the extended slice. It allocates only to grow dst. up is the
// set of hosts that self's links reach; it does not matter whether self is in it.
//
// The origin sends to its children, whatever wrapping the client gave. Any other host sends
// to its children if wrapping is the one that the tree gives it. Under [Uniform] the tree
// never gives wrapping 1; in the original text it means: to the receiver's +1, with 0. In
// every other case, and for a host outside the ring, there are no hops. A child that is not
// reached is replaced by its own children, and so on down; the +1 of wrapping 1 is not, as
// it is not part of a tree.
func (p Plan) Sends(dst []Send, origin, self int, wrapping uint32, up Set) []Send {
	pos := p.Position(origin, self)
	switch {
	case pos < 0:
		return dst
	case pos == 0, wrapping == p.wrapping(pos):
		return p.below(dst, origin, pos, up)
	case wrapping == 1 && p.scheme == Uniform:
		return p.next(dst, origin, pos, up)
	}
	return dst
}

// below appends the hops from pos to its children. Children have higher positions than
// their parent, so the recursion ends, and never reaches the origin or self.
func (p Plan) below(dst []Send, origin, pos int, up Set) []Send {
	step := stride(pos)
	for child := pos + step; child <= pos+2*step && child < p.n; child += step {
		if to := p.host(origin, child); up.Has(to) {
			dst = append(dst, Send{To: to, Wrapping: p.wrapping(child)})
		} else {
			dst = p.below(dst, origin, child, up)
		}
	}
	return dst
}

// next appends the hop to pos+1, unless that is the origin again.
func (p Plan) next(dst []Send, origin, pos int, up Set) []Send {
	if pos+1 == p.n {
		return dst
	}
	if to := p.host(origin, pos+1); up.Has(to) {
		dst = append(dst, Send{To: to})
	}
	return dst
}

// wrapping returns the wrapping of the hop to pos in the tree: 0 for the root and for -1.
func (p Plan) wrapping(pos int) uint32 {
	if pos <= 0 {
		return 0
	}
	step := stride(pos)
	if pos+step >= p.n {
		return 0
	}
	if p.scheme == Respective {
		return uint32(pos)
	}
	return uint32(step)
}

// host returns the host at a position: the inverse of Position.
func (p Plan) host(origin, pos int) int {
	host := origin + pos
	if host >= p.n {
		host -= p.n
	}
	return host
}

// stride returns 2^L, where L is the level of pos.
func stride(pos int) int { return 1 << (bits.Len(uint(pos)+1) - 1) }
