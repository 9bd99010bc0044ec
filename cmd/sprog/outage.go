package main

import (
	"sync/atomic"

	"xlattice.org/zog/client"
)

// outage tells the user that no host can be reached, once while the client goes on
// trying, and then that one is. Both may be called from any goroutine.
type outage struct {
	set *settings
	say func(format string, args ...any)
	on  atomic.Bool // no host is reached, and the user knows
}

// begin is for client.Config.Waiting.
func (o *outage) begin(err error) {
	if o.on.CompareAndSwap(false, true) {
		o.say("%s; %s", o.set.told(err), o.set.trying())
	}
}

// end notes that a host was reached.
func (o *outage) end(receipt client.Receipt) {
	if o.on.Load() && o.on.CompareAndSwap(true, false) {
		o.say("%s is reached", o.set.name(receipt.Host))
	}
}
