package actors

import (
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/admission"
	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/turns"
)

// clientLimits bounds what all clients together use of this host: connections, memory and
// time. The limits are those of the ring file in force, or less where the system gives the
// process less.
type clientLimits struct {
	id          *identity
	log         logrus.FieldLogger
	descriptors int   // that this process may have open; 0 is any number
	memory      int64 // that this process may use, in bytes; 0 is any number

	budget  budget.Budget // bytes that are held for clients
	batches *fairQueue    // batches on their way to the log
	control *fairQueue    // frames that are not Data, before they are decoded
}

// batchLimits are about how many bytes of clients are on their way to the log: as much as
// the log can write at once while all clients send much, and so little while one does not
// that its batch is in the log some milliseconds later (I7).
var batchLimits = turns.Limits{Busy: 2 << 20, Shared: 512 << 10}

// controlLimits let one frame through at a time.
var controlLimits = turns.Limits{Busy: 1, Shared: 1}

func newClientLimits(id *identity, log logrus.FieldLogger, descriptors int, memory int64) clientLimits {
	return clientLimits{
		id: id, log: log, descriptors: descriptors, memory: memory,
		batches: newFairQueue(batchLimits), control: newFairQueue(controlLimits),
	}
}

// apply applies the ring file in force.
func (c *clientLimits) apply() {
	c.budget.SetLimit(c.bytes())
}

// connections returns how many clients may be connected.
func (c *clientLimits) connections() int {
	ring := c.id.Ring()
	most := ring.Limits.Clients
	if c.descriptors > 0 {
		most = min(most, admission.Room(c.descriptors, len(ring.Hosts)-1))
	}
	return most
}

// memoryPart is the part of its memory that a host holds for clients at the most. What else
// it holds, and garbage until it is collected, takes several times as much.
const memoryPart = 8

// bytes returns how many bytes may be held for clients.
func (c *clientLimits) bytes() int64 {
	most := c.id.Ring().Limits.ClientMemory
	if c.memory > 0 {
		most = min(most, c.memory/memoryPart)
	}
	return most
}

// logReduced warns where clients may have less than the ring file says.
func (c *clientLimits) logReduced() {
	limits := c.id.Ring().Limits
	if most := c.connections(); most < limits.Clients {
		c.log.Warnf("at most %d clients at a time, and not %d as limits.clients says: this process may have %d files open",
			most, limits.Clients, c.descriptors)
	}
	if most := c.bytes(); most < limits.ClientMemory {
		c.log.Warnf("at most %d bytes are held for clients, and not %d as limits.client_memory says: this process may have %d bytes of memory",
			most, limits.ClientMemory, c.memory)
	}
}
