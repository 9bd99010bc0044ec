package chaos

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// Outcome is what came of playing a schedule.
type Outcome struct {
	Elapsed      time.Duration  // of the ring's time
	Acknowledged int            // messages
	Fired        map[string]int // faults, by kind
	Err          error          // what is wrong with the logs in the end, or nil
}

// Play does to a ring what a schedule says, while clients send to each host and to
// any, and returns when all faults are over, all hosts are up again, and the logs
// are as they should be, or will never be. The ring must have as many hosts as the
// schedule. A host that fails for good meanwhile is started again after a second, as
// a service manager would.
func Play(r *ringtest.Ring, s Schedule) Outcome {
	p := &player{ring: r, stop: make(chan struct{})}
	for _, h := range r.Hosts() {
		p.hosts = append(p.hosts, &target{Host: h, turn: make(chan struct{}, 1)})
	}
	p.send()
	var tending sync.WaitGroup
	quit := make(chan struct{})
	tending.Go(func() { p.tend(quit) })
	began := time.Now()
	for _, step := range s.Steps {
		time.Sleep(time.Until(began.Add(step.At)))
		p.steps.Go(func() { p.do(step) })
	}
	time.Sleep(time.Until(began.Add(s.Lasts)))
	p.steps.Wait()
	r.Heal()
	close(p.stop)
	p.clients.Wait()
	err := r.Settle()
	close(quit)
	tending.Wait()
	return Outcome{time.Since(began), r.Acknowledged(), r.FiredOf(), err}
}

// player plays a schedule.
type player struct {
	ring    *ringtest.Ring
	hosts   []*target
	steps   sync.WaitGroup
	clients sync.WaitGroup
	stop    chan struct{} // of the clients
}

// target is a host, and how many steps want it to be down.
type target struct {
	*ringtest.Host
	turn chan struct{} // a lock: virtual time goes on while somebody waits for it
	down int
}

// fall takes a host down, in the way that is given, until rise.
func (h *target) fall(how func()) {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	h.down++
	how()
}

// rise starts a host again, unless another step wants it to be down. If it cannot
// start, tend tries again.
func (h *target) rise() {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	h.down--
	h.start()
}

func (h *target) start() {
	if h.down == 0 && !h.Up() {
		_ = h.TryStart()
	}
}

// revive starts a host that has failed, or could not start.
func (h *target) revive() {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	if h.Failed() {
		_ = h.TryStop() // it has failed: whatever this says, it starts anew
	}
	h.start()
}

// tend starts hosts that have failed again, until it is told to quit.
func (p *player) tend(quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-time.After(time.Second):
		}
		for _, h := range p.hosts {
			h.revive()
		}
	}
}

// pace is the time between two messages of one client.
const pace = time.Second

// send lets clients send: one to each host, and two to any, of which one asks for
// copies.
func (p *player) send() {
	for i, h := range p.hosts {
		p.client(fmt.Sprint("c", i), p.ring.Client(h.Name()))
	}
	p.client("any", p.ring.Client())
	p.client("copies", p.ring.ClientWith(client.Config{MinCopies: min(2, len(p.hosts))}))
}

func (p *player) client(name string, c *ringtest.Client) {
	p.clients.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-p.stop:
				return
			case <-time.After(pace):
			}
			// What becomes of it is on record.
			_ = c.Send(fmt.Sprintf("%s %d", name, n))
		}
	})
}

// names are the names of some hosts, as Partition has them.
func (p *player) names(hosts []int) string {
	var names []string
	for _, i := range hosts {
		names = append(names, p.hosts[i].Name())
	}
	return strings.Join(names, " ")
}
