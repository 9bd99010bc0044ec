package actors

import (
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// testNode returns the Node of the first host of a ring, without a log. change, if any, may
// change what it is made of.
func testNode(t testing.TB, hosts int, change ...func(*Config)) *Node {
	t.Helper()
	c := Config{
		Seams:   Seams{FS: disk.OS{}, Now: time.Now, Mailbox: actor.Unbounded()},
		Log:     logrus.New(),
		Ring:    config.Loopback(hosts),
		Durable: new(marks.Vector),
	}
	for _, f := range change {
		f(&c)
	}
	n := NewNode(c)
	t.Cleanup(n.End)
	return n
}
