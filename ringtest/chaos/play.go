package chaos

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/mailtypes"
	"xlattice.org/zog/ringtest"
)

// Outcome is the result of playing a schedule.
type Outcome struct {
	Elapsed      time.Duration  // of the ring's time
	Acknowledged int            // messages
	Fired        map[string]int // faults, by ringtest.Event.Kind, which is not the Kind of a step
	Troubles     map[string]int // what hosts failed to do under the faults: start, stop, go on
	Err          error          // what is wrong at the end, or nil
}

// String returns the outcome as one line, with the first line of Err.
func (o Outcome) String() string {
	verdict := "nothing is wrong"
	if o.Err != nil {
		verdict, _, _ = strings.Cut(o.Err.Error(), "\n")
	}
	return fmt.Sprintf("%v, %d messages acknowledged, fired %v, troubles %v: %s", o.Elapsed, o.Acknowledged, o.Fired, o.Troubles, verdict)
}

// Play plays a schedule on a ring while clients send to each host and to any. It returns when all
// faults are over, all hosts are up, and the logs are correct or have had their time for that. A
// host that fails meanwhile is started again after a second, as a service manager does;
// Outcome.Troubles counts that. If the schedule cannot be played on the ring, Outcome.Err says why.
// Other clients (see ringtest.OtherClients) must have stopped when the schedule is over.
func Play(r *ringtest.Ring, s Schedule) Outcome {
	if err := playable(r, s); err != nil {
		return Outcome{Err: err}
	}
	p := &player{ring: r, stop: make(chan struct{}), troubles: make(map[string]int)}
	for _, h := range r.Hosts() {
		p.hosts = append(p.hosts, &target{Host: h, player: p, lock: make(chan struct{}, 1)})
	}
	p.send()
	var tending sync.WaitGroup
	quit := make(chan struct{})
	tending.Go(func() { p.reviveHosts(quit) })
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
	return Outcome{time.Since(began), r.Acknowledged(), r.FiredOf(), p.troubles, err}
}

// playable returns an error if a schedule cannot be played on the ring.
func playable(r *ringtest.Ring, s Schedule) error {
	if n := len(r.Hosts()); n != s.Hosts {
		return fmt.Errorf("chaos: the schedule is for %d hosts, the ring has %d", s.Hosts, n)
	}
	if err := s.Check(); err != nil {
		return fmt.Errorf("chaos: %w", err)
	}
	known := Config{MessageTypes: mailtypes.All}.withDefaults() // Generate does not draw all types
	for i, step := range s.Steps {
		of := byKind[step.Kind].of
		if words := known.words(of); of != noWords && !slices.Contains(words, step.Of) {
			return fmt.Errorf("chaos: step %d, %v: of=%s is none of %q", i+1, step.Kind, step.Of, words)
		}
	}
	return nil
}

// player plays a schedule.
type player struct {
	ring    *ringtest.Ring
	hosts   []*target
	steps   sync.WaitGroup
	clients sync.WaitGroup
	stop    chan struct{} // of the clients

	mu       sync.Mutex
	troubles map[string]int
}

// addTrouble counts an error, if it is one.
func (p *player) addTrouble(what string, err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles[what]++
}

// target is a host, and the number of steps that keep it down.
type target struct {
	*ringtest.Host
	player *player
	lock   chan struct{} // a lock: virtual time goes on while somebody waits for it
	down   int
}

// takeDown takes a host down by calling how. It stays down until bringUp.
func (h *target) takeDown(how func()) {
	h.lock <- struct{}{}
	defer func() { <-h.lock }()
	h.down++
	how()
}

// bringUp starts a host again, unless another step keeps it down. If it cannot start, reviveHosts
// tries again.
func (h *target) bringUp() {
	h.lock <- struct{}{}
	defer func() { <-h.lock }()
	h.down--
	h.start()
}

func (h *target) start() {
	if h.down == 0 && !h.Up() {
		h.player.addTrouble("did not start", h.TryStart())
	}
}

// revive starts a host that has failed or could not start.
func (h *target) revive() {
	h.lock <- struct{}{}
	defer func() { <-h.lock }()
	if h.Failed() {
		h.player.addTrouble("failed for good", h.Ready())
		h.stop()
	}
	h.start()
}

// reviveHosts starts hosts that have failed, every second until quit is closed.
func (p *player) reviveHosts(quit <-chan struct{}) {
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

// pace is the pause between two messages of one client.
const pace = time.Second

// send starts the clients: one for each host, and two for all hosts, one of which asks for copies.
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
			// The ring records the result.
			_ = c.Send(fmt.Sprintf("%s %d", name, n))
		}
	})
}

// names returns the names of some hosts, for Ring.Partition.
func (p *player) names(hosts []int) string {
	var names []string
	for _, i := range hosts {
		names = append(names, p.hosts[i].Name())
	}
	return strings.Join(names, " ")
}
