package ringtest_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/actors"
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

// load sends steadily, one client to each of some hosts, until it is stopped.
type load struct {
	stop chan struct{}
	done sync.WaitGroup
}

func startLoad(r *ringtest.Ring, hosts ...string) *load {
	l := &load{stop: make(chan struct{})}
	for _, h := range r.Hosts(hosts...) {
		c := r.Client(h.Name())
		l.done.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				case <-time.After(200 * time.Millisecond):
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

// underLoadEach breaks rings of its own in each of these ways.
func underLoadEach(t *testing.T, cases map[string]func(t *testing.T, r *ringtest.Ring)) {
	for name, breaks := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			underLoad(t, breaks)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crashAt waits until a fault of MV has fired, and kills it there.
func crashAt(r *ringtest.Ring, f *ringtest.Fault) {
	r.Await("the fault", func() bool { return f.Fired() > 0 })
	r.Host("MV").Crash()
}

// requireMore requires that so many messages were acknowledged since.
func requireMore(t *testing.T, r *ringtest.Ring, before, more int) {
	t.Helper()
	if got := r.Acknowledged() - before; got < more {
		t.Errorf("only %d messages were acknowledged meanwhile", got)
	}
}

// replace puts another disk into PA, once all that it has alone has spread.
func replace(t *testing.T, r *ringtest.Ring, disk func(*ringtest.Host)) {
	h := r.Host("PA")
	f := h.Shun()
	time.Sleep(5 * time.Second)
	h.Stop()
	disk(h)
	h.Start()
	f.Heal()
	time.Sleep(5 * time.Second)
}

// broken breaks the link from MV to PA, and requires that it was up again.
func broken(t *testing.T, r *ringtest.Ring, how func(*ringtest.Link) *ringtest.Fault) {
	t.Helper()
	link := r.Host("MV").To(r.Host("PA"))
	f := how(link)
	r.Await("the fault", func() bool { return f.Fired() == 1 })
	before, _ := link.Sent("Data")
	r.Await("the link", func() bool { now, _ := link.Sent("Data"); return now > before+5 })
}

// partition parts some hosts from the others, and requires that both sides take
// messages.
func partition(t *testing.T, r *ringtest.Ring, side string) {
	t.Helper()
	f := r.Partition(side)
	time.Sleep(20 * time.Second)
	for _, h := range r.Hosts() {
		must(t, r.Client(h.Name()).Send("parted, "+h.Name()))
	}
	f.Heal()
	r.Await("what the other side took", func() bool { return logged(r.Host("MV"), "parted, LA") && logged(r.Host("LA"), "parted, MV") })
}

// oneWay lets nothing through from one host to another for a while.
func oneWay(from, to *ringtest.Host) {
	f := from.To(to).Drop()
	time.Sleep(7 * time.Second)
	f.Heal()
}

// flapping cuts two hosts off and lets them back, a second each, for a while.
func flapping(r *ringtest.Ring, lasts time.Duration) {
	r.Flap(time.Second, "MV PA")
	time.Sleep(lasts)
}

// dead kills hosts, and requires that the others get all at once.
func dead(t *testing.T, r *ringtest.Ring, names string) {
	t.Helper()
	for _, h := range r.Hosts(names) {
		h.PowerCut() // nobody hears of it
	}
	time.Sleep(10 * time.Second) // it is known now
	must(t, r.Client("MV").Send("around the dead"))
	time.Sleep(100 * time.Millisecond)
	for _, h := range r.Hosts() {
		if h.Up() && !logged(h, "around the dead") {
			t.Errorf("it has not come to %s", h.Name())
		}
	}
}

// step sets the clock of MV for some time.
func step(r *ringtest.Ring, d time.Duration) {
	r.Host("MV").Clock().Step(d)
	time.Sleep(10 * time.Second)
	r.Host("MV").Clock().Step(-d)
}

// logged tells whether a text is in a host's log.
func logged(h *ringtest.Host, text string) bool { return slices.Contains(h.Texts(), text) }

// reported is how many lines a host had for error.log.
func reported(c *actors.Counts) uint64 { return c.Reported.Load() }

// links are all links between hosts.
func links(r *ringtest.Ring) (all []*ringtest.Link) {
	for _, from := range r.Hosts() {
		for _, to := range r.Hosts() {
			if from != to {
				all = append(all, from.To(to))
			}
		}
	}
	return all
}
