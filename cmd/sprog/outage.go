package main

import (
	"strings"
	"sync"
	"sync/atomic"

	"xlattice.org/zog/client"
)

// outage reports once that no host can be reached, while the client goes on trying, and
// once that a host is reached again. It is safe for concurrent use.
type outage struct {
	set    *settings
	warn   func(format string, args ...any)
	active atomic.Bool // reported, and no host was reached since

	mu   sync.Mutex
	told string // why no host could be reached, as reported last
}

// started is for client.Config.OnWaiting.
func (o *outage) started(err error) {
	if o.active.CompareAndSwap(false, true) {
		o.mu.Lock()
		o.told = o.set.named(visible(err.Error()))
		o.mu.Unlock()
		o.warn("%s; %s", o.set.describe(err), o.set.trying())
	}
}

// describe returns the text of an error. The first one of an outage lacks what was told a moment before, when
// it began; the later ones are whole.
func (o *outage) describe(err error) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := o.set.named(visible(err.Error()))
	if end, known := strings.CutPrefix(text, o.told+"; "); known && o.told != "" && o.active.Load() {
		o.told = ""
		return client.ErrNoHost.Error() + ": " + end
	}
	return o.set.describe(err)
}

// ended reports the end of an outage.
func (o *outage) ended(receipt client.Receipt) {
	if o.active.Load() && o.active.CompareAndSwap(true, false) {
		o.warn("%s is reached", o.set.name(receipt.Host))
	}
}
