package e2e

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"xlattice.org/zog/client"
)

// load is clients that send to one host as fast as it takes messages, and
// remember what it has acknowledged.
type load struct {
	t      *testing.T
	cancel context.CancelFunc
	done   sync.WaitGroup
	kept   atomic.Int64

	mu    sync.Mutex
	texts []string // acknowledged
}

// startLoad starts so many clients of host i.
func (r *ring) startLoad(i, clients int) *load {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	l := &load{t: r.t, cancel: cancel}
	for n := range clients {
		c, err := client.New(client.Config{
			Hosts:  []string{netip.AddrPortFrom(r.Hosts[i].Address, r.Ports.Client).String()},
			Order:  client.Specific,
			Window: 64, // little is on its way at a time, so that the log does not grow past all bounds
		})
		if err != nil {
			r.t.Fatal(err)
		}
		l.done.Go(func() {
			defer c.Close()
			_, err := c.SendAll(ctx, numbered(fmt.Sprint("client ", n)), l.report)
			if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, client.ErrNoHost) {
				r.t.Errorf("client %d: %v", n, err)
			}
		})
	}
	r.t.Cleanup(func() { l.stop() })
	return l
}

// numbered are texts without end.
func numbered(prefix string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := 1; yield(fmt.Sprint(prefix, ", message ", n)); n++ {
		}
	}
}

func (l *load) report(r client.Result) {
	if r.Err == nil {
		l.kept.Add(1)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.texts = append(l.texts, r.Text)
	}
}

// awaitMore waits until n more messages are acknowledged.
func (l *load) awaitMore(n int64) {
	l.t.Helper()
	goal := l.kept.Load() + n
	await(l.t, fmt.Sprint(n, " more messages are acknowledged"), func() bool { return l.kept.Load() >= goal })
}

// stop ends the clients and returns the texts that were acknowledged, sorted.
func (l *load) stop() []string {
	l.cancel()
	l.done.Wait()
	return slices.Sorted(slices.Values(l.texts))
}

// requireAll fails the test unless each text stands in the lines.
func (r *ring) requireAll(what string, acknowledged, lines []string) {
	r.t.Helper()
	there := map[string]bool{}
	for _, text := range texts(lines) {
		there[text] = true
	}
	lost := 0
	for _, text := range acknowledged {
		if !there[text] {
			lost++
		}
	}
	if lost > 0 || len(acknowledged) == 0 {
		r.t.Errorf("%s: %d of %d acknowledged messages are lost", what, lost, len(acknowledged))
	}
}
