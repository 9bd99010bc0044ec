package netns

import (
	"slices"
	"strconv"
)

// blockPref is the priority of the routing rules of Block.
const blockPref = 10

// Unplug takes a place off the bridge, like a pulled cable: packets are lost both ways, no connection
// is reset, and the link stays up.
func (n *Network) Unplug(p Place) error {
	return ip("-n", n.bridge, "link", "set", n.portOf(p), "nomaster")
}

// Plug ends Unplug.
func (n *Network) Plug(p Place) error {
	return ip("-n", n.bridge, "link", "set", n.portOf(p), "master", "br0")
}

func (n *Network) portOf(p Place) string { return port(slices.Index(n.places(), p)) }

// Block drops all packets of a way where they arrive, until Unblock was called as often. No connection
// is reset.
func (n *Network) Block(w Way) error {
	n.blocked[w]++
	if n.blocked[w] > 1 {
		return nil
	}
	return w.To.Rule("add", blockPref, "from", w.From, "blackhole")
}

// Unblock ends Block.
func (n *Network) Unblock(w Way) error {
	n.blocked[w]--
	if n.blocked[w] > 0 {
		return nil
	}
	return w.To.Rule("del", blockPref, "from", w.From, "blackhole")
}

// Around returns the ways from a place to all others, and those back.
func (n *Network) Around(p Place) (out, back []Way) {
	for _, other := range n.places() {
		if other != p {
			out, back = append(out, p.To(other)), append(back, other.To(p))
		}
	}
	return out, back
}

// Rule adds or deletes, as do says, a routing rule in a place for packets "from" or "to" another
// place. what is its action. Rules with a lower pref apply first; the place's own begin at 100.
func (p Place) Rule(do string, pref int, direction string, other Place, what string) error {
	return ip("-n", p.Namespace, "rule", do, "pref", strconv.Itoa(pref), direction, other.Address.String()+"/32", what)
}
