package ringtest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// A host that was put back to a snapshot begins a new run as soon as it hears that its
// peers have messages of its run that it does not know; what it takes then is in all logs.
func TestAHostThatWasPutBackBeginsANewRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringtest.Start(t)
		if err := ring.Client("MV").Send("one", "two", "three"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		ring.Host("MV").RolledBack("four", "five")
		time.Sleep(5 * time.Second)
		c := ring.ClientWith(client.Config{Hosts: ring.Addresses()[:1], MinCopies: 5})
		for n := range 5 {
			if err := c.Send(fmt.Sprint("afterwards ", n)); err != nil {
				t.Error(err)
			}
		}
		ring.RequireSettled()
		if n := ring.Said("was put back"); n != 1 {
			t.Errorf("that the machine was put back is said %d times", n)
		}
	})
}
