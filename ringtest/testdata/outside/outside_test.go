// Package outside is a module of its own that tests with a ring, as a user's would.
package outside

import (
	"testing"
	"testing/synctest"

	"xlattice.org/zog/ringtest"
)

func TestThePartyGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringtest.Start(t)
		parted := ring.Partition("MV PA", "G LA S")
		ring.Host("MV").Actor("router").Panic(ringtest.Nth(2, "Take"))
		for _, name := range []string{"MV", "G"} {
			if err := ring.Client(name).Send("one from "+name, "two from "+name); err != nil {
				t.Fatal(err)
			}
		}
		parted.Heal()
		ring.RequireSettled() // all four are in all five logs, once and in order
	})
}
