package ringtest_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// texts are n texts that differ.
func texts(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return all
}

// load sends steadily, one client to each host, until it is stopped.
type load struct {
	stop chan struct{}
	done sync.WaitGroup
}

func startLoad(r *ringtest.Ring) *load {
	l := &load{stop: make(chan struct{})}
	for _, h := range r.Hosts() {
		c := r.Client(h.Name())
		l.done.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				// What becomes of it is on record.
				_ = c.Send(fmt.Sprintf("to %s, %d", h.Name(), n))
			}
		})
	}
	return l
}

func (l *load) end() {
	close(l.stop)
	l.done.Wait()
}

// underLoad breaks a ring while clients send to all its hosts, lets it heal, and
// requires that nothing is lost, nothing stands twice, and that the fault fired.
func underLoad(t *testing.T, breaking func(t *testing.T, r *ringtest.Ring), opts ...ringtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, opts...)
		time.Sleep(2 * time.Second)
		l := startLoad(r)
		time.Sleep(2 * time.Second)
		breaking(t, r)
		time.Sleep(2 * time.Second)
		r.Heal()
		for _, h := range r.Hosts() {
			if !h.Up() {
				h.Start()
			}
		}
		time.Sleep(2 * time.Second)
		l.end()
		if len(r.Fired()) == 0 {
			t.Error("no fault fired")
		}
		r.RequireSettled()
	})
}
