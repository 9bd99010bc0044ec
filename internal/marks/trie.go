package marks

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
)

// A Vector is a trie over the hashes of its runs. Copies share the nodes that neither has
// changed since. So a copy costs nothing, and the differences between two copies are found
// without a look at what is equal.
const (
	fanBits     = 4
	fan         = 1 << fanBits
	leafEntries = 8
	depths      = 64 / fanBits // below that depth a hash has no more bits
)

// seed keeps peers from choosing runs that have the same hash.
var seed = maphash.MakeSeed()

func hash(run Run) uint64 { return maphash.Comparable(seed, run) }

// branch returns the index of the child of a branch at depth that leads to hash.
func branch(hash uint64, depth int) int { return int(hash>>(depth*fanBits)) & (fan - 1) }

// node is a leaf with entries or a branch with children. Only the Vector with the same
// owner may change it. For all others it is immutable.
type node struct {
	owner    uint64
	entries  []Mark
	children *[fan]*node
}

// owners is the last owner that was given out. 0 is no owner.
var owners atomic.Uint64

// at returns the leaf below n where run is or would be. n is at depth.
func (n *node) at(run Run, depth int) *node {
	if n == nil || n.children == nil {
		return n
	}
	for h := hash(run); n != nil && n.children != nil; depth++ {
		n = n.children[branch(h, depth)]
	}
	return n
}

// entry returns the entry of run in a leaf, or nil.
func (n *node) entry(run Run) *Mark {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].Boot == run.Boot && n.entries[i].Origin == run.Origin {
			return &n.entries[i]
		}
	}
	return nil
}

// own returns n if owner may change it, and else a copy that owner may change.
func (n *node) own(owner uint64) *node {
	if n.owner == owner {
		return n
	}
	c := &node{owner: owner, entries: slices.Clone(n.entries)}
	if n.children != nil {
		kids := *n.children
		c.children = &kids
	}
	return c
}

// owned makes the path from n to the leaf of run changeable for owner. It returns n or its
// copy, and the leaf. run must exist below n.
func (n *node) owned(owner uint64, run Run) (top, leaf *node) {
	top = n.own(owner)
	leaf = top
	if leaf.children == nil {
		return top, leaf
	}
	for h, depth := hash(run), 0; leaf.children != nil; depth++ {
		kid := &leaf.children[branch(h, depth)]
		*kid = (*kid).own(owner)
		leaf = *kid
	}
	return top, leaf
}

// insert adds an entry below n, which is at depth, and returns the node that replaces n.
// The run of m must not exist there yet.
func (n *node) insert(owner uint64, m Mark, hash uint64, depth int) *node {
	if n == nil {
		return &node{owner: owner, entries: []Mark{m}}
	}
	n = n.own(owner)
	if n.children == nil && (len(n.entries) < leafEntries || depth == depths) {
		n.entries = append(n.entries, m)
		return n
	}
	if n.children == nil {
		n.split(depth)
	}
	kid := &n.children[branch(hash, depth)]
	*kid = (*kid).insert(owner, m, hash, depth+1)
	return n
}

// split turns a leaf into a branch.
func (n *node) split(depth int) {
	rows := n.entries
	n.entries, n.children = nil, new([fan]*node)
	for _, m := range rows {
		h := hash(m.Run)
		kid := &n.children[branch(h, depth)]
		*kid = (*kid).insert(n.owner, m, h, depth+1)
	}
}

// remove removes the entry of run below n, which is at depth, and returns the node that
// replaces n. run must exist there.
func (n *node) remove(owner uint64, run Run, hash uint64, depth int) *node {
	n = n.own(owner)
	if n.children == nil {
		n.entries = slices.DeleteFunc(n.entries, func(m Mark) bool { return m.Run == run })
		if len(n.entries) == 0 {
			return nil
		}
		return n
	}
	kid := &n.children[branch(hash, depth)]
	if *kid = (*kid).remove(owner, run, hash, depth+1); *kid == nil && *n.children == [fan]*node{} {
		return nil
	}
	return n
}

// each calls yield with the entries below n until yield returns false.
func (n *node) each(yield func(Mark) bool) bool {
	if n == nil {
		return true
	}
	for _, m := range n.entries {
		if !yield(m) {
			return false
		}
	}
	if n.children != nil {
		for _, kid := range n.children {
			if !kid.each(yield) {
				return false
			}
		}
	}
	return true
}

// diff calls differs with each entry below n that is missing below old or is different
// there. Both are at depth. A run that is only below old is reported with Seq and First 0.
func (n *node) diff(old *node, depth int, differs func(Mark)) {
	if n == old {
		return
	}
	if n != nil && old != nil && n.children != nil && old.children != nil {
		for i := range fan {
			n.children[i].diff(old.children[i], depth+1, differs)
		}
		return
	}
	n.each(func(m Mark) bool {
		if before := old.at(m.Run, depth).entry(m.Run); before == nil || *before != m {
			differs(m)
		}
		return true
	})
	old.each(func(m Mark) bool {
		if n.at(m.Run, depth).entry(m.Run) == nil {
			differs(Mark{Run: m.Run})
		}
		return true
	})
}
