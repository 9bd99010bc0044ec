package ring

import (
	"fmt"
	"math/bits"
)

// respectiveHosts is the one size of ring that [Respective] is defined for.
const respectiveHosts = 5

// Send is one hop: to whom, and with which wrapping.
type Send struct {
	To       int // host index in ring order
	Wrapping uint32
}

// Plan is the forwarding plan of a ring of one size. It is a small immutable
// value: copy it freely, use it from any goroutine. The zero Plan is a ring of
// nobody and sends nothing.
type Plan struct {
	n      int
	scheme Scheme
}

// New returns the plan for n hosts, 1 to [MaxHosts]. It fails for any other
// size, for a scheme it does not know, and for [Respective] unless n is 5.
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

// Position returns where host stands for messages of origin: (host-origin) mod
// n. It is -1 if either is not an index of this ring.
func (p Plan) Position(origin, host int) int {
	if uint(origin) >= uint(p.n) || uint(host) >= uint(p.n) {
		return -1
	}
	if host < origin {
		host += p.n
	}
	return host - origin
}

// Wrapping returns the wrapping with which a message of origin goes to host, by
// the tree or as a repair, so that a host forwards what it newly takes however
// it came (DESIGN 4). It is 0 for the origin itself, which forwards by being the
// origin, and for hosts outside the ring.
func (p Plan) Wrapping(origin, host int) uint32 {
	return p.wrapping(p.Position(origin, host))
}

// Sends appends to dst what self must send of a message of origin that reached
// it with wrapping, and returns the extended slice. It allocates only to grow
// dst. Bits of up are the hosts that self's links reach; self's own is ignored.
//
// The origin begins the tree, whatever wrapping the client gave. Any other host
// goes on from its position if wrapping is the one the tree gives it; 0 is given
// to those who have nobody below them. Wrapping 1
// under [Uniform] never is; by the seed it means the receiver's +1, with 0.
// Everything else, a host outside the ring included, means log only (DESIGN 3).
// A child out of reach is replaced by its own children, and so on down; the +1
// of wrapping 1 is on no tree, so nobody replaces it.
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

// below appends the sends to the children of pos. Children stand at higher
// positions than their parent, so the descent ends, and never meets the origin
// or the host that asked.
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

// next appends the send to pos+1, which is the origin again after the last
// position.
func (p Plan) next(dst []Send, origin, pos int, up Set) []Send {
	if pos+1 == p.n {
		return dst
	}
	if to := p.host(origin, pos+1); up.Has(to) {
		dst = append(dst, Send{To: to})
	}
	return dst
}

// wrapping returns the wrapping of the tree hop to pos: 0 for the root, and for
// -1, which is nowhere.
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

// host is the inverse of Position for a position of this ring.
func (p Plan) host(origin, pos int) int {
	host := origin + pos
	if host >= p.n {
		host -= p.n
	}
	return host
}

// stride returns 2^L, L the level of pos.
func stride(pos int) int { return 1 << (bits.Len(uint(pos)+1) - 1) }
