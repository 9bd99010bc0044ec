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

// A message that waits for copies while its number turns out to be worthless is sent
// again, and gets its copies under another.
func TestWhatWaitsForCopiesGetsThemInTheNewRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringtest.Start(t)
		mv := ring.Host("MV")
		if err := ring.Client("MV").Send("one"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		parted := ring.Partition("MV", "PA G LA S")
		mv.RolledBack("two", "three", "four")
		c, err := client.New(client.Config{Hosts: ring.Addresses()[:1], MinCopies: 5, Timeout: 20 * time.Second, Dial: ring.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.AfterFunc(3*time.Second, parted.Heal)
		receipt, err := c.Send(t.Context(), "mine")
		if err != nil || receipt.Copies != 5 || receipt.Resends == 0 {
			t.Errorf("%+v, %v; want five copies, and that it was sent again", receipt, err)
		}
		if n := ring.Said("was put back"); n != 1 {
			t.Errorf("that the machine was put back is said %d times", n)
		}
	})
}

// What is wrong with a rollback that cannot be.
func TestARollbackOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails(t, func(t ringtest.TB) {
			ringtest.Start(t, ringtest.Hosts(2)).Host("MV").RolledBack()
		}, "rollback of MV: it must be up, and have taken something")
		fails(t, func(t ringtest.TB) {
			ringtest.Start(t, ringtest.Hosts(2), ringtest.Down()).Host("MV").RolledBack("one")
		}, "rollback of MV: it must be up, and have taken something")
	})
}
