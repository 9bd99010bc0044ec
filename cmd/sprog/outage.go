package main

import (
	"sync/atomic"

	"xlattice.org/zog/client"
)

// outage reports once that no host can be reached, while the client goes on trying, and
// once that a host is reached again. It is safe for concurrent use.
type outage struct {
	set    *settings
	warn   func(format string, args ...any)
	active atomic.Bool // reported, and no host was reached since
}

// started is for client.Config.Waiting.
func (o *outage) started(err error) {
	if o.active.CompareAndSwap(false, true) {
		o.warn("%s; %s", o.set.describe(err), o.set.trying())
	}
}

// ended reports the end of an outage.
func (o *outage) ended(receipt client.Receipt) {
	if o.active.Load() && o.active.CompareAndSwap(true, false) {
		o.warn("%s is reached", o.set.name(receipt.Host))
	}
}
