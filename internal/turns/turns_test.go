package turns_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/turns"
)

var limits = turns.Limits{Busy: 2 << 20, Shared: 512 << 10}

// window is how many batches a client has under way that sends all that it can.
const window = 12

// crowd is a queue and what is inside, in its order.
type crowd struct {
	*turns.Queue
	now    time.Time
	size   map[*turns.Client]int64 // of a client's batches
	window map[*turns.Client]int   // what is left of it, of clients that send all they can
	sent   map[*turns.Client]int64
	inside []*turns.Client
	held   int64
}

func newCrowd() *crowd {
	return &crowd{
		Queue: turns.New(limits), now: time.Now(),
		size: make(map[*turns.Client]int64), window: make(map[*turns.Client]int), sent: make(map[*turns.Client]int64),
	}
}

// join adds a client.
func (c *crowd) join(size int64, greedy bool) *turns.Client {
	client := new(turns.Client)
	c.size[client] = size
	if greedy {
		c.window[client] = window
		c.ask(client)
	}
	return client
}

// ask asks, for a greedy client as often as it may.
func (c *crowd) ask(client *turns.Client) bool {
	if !c.Ask(client, c.size[client], c.now) {
		return false
	}
	c.enter(client)
	return true
}

func (c *crowd) enter(client *turns.Client) {
	c.inside = append(c.inside, client)
	c.sent[client] += c.size[client]
	c.held += c.size[client]
	if _, greedy := c.window[client]; greedy {
		if c.window[client]--; c.window[client] > 0 {
			c.ask(client)
		}
	}
}

// step ends the oldest that is inside, and lets in who is next.
func (c *crowd) step(t interface{ Fatal(...any) }) {
	c.now = c.now.Add(time.Microsecond)
	if len(c.inside) == 0 {
		t.Fatal("nobody goes on")
	}
	done := c.inside[0]
	c.inside, c.held = c.inside[1:], c.held-c.size[done]
	c.Done(done, c.size[done])
	c.next()
	if _, greedy := c.window[done]; greedy {
		if c.window[done]++; c.window[done] == 1 {
			c.ask(done)
		}
	}
}

func (c *crowd) next() {
	for client := c.Next(); client != nil; client = c.Next() {
		c.enter(client)
	}
}

// end takes a client out.
func (c *crowd) end(gone *turns.Client) {
	c.Stall(gone)
	c.inside = slices.DeleteFunc(c.inside, func(client *turns.Client) bool {
		if client == gone {
			c.held -= c.size[gone]
		}
		return client == gone
	})
	delete(c.sent, gone)
	delete(c.window, gone)
	c.next()
}

// Beside any number of clients who send as much as they can, one who sends little is let
// in at once from its second message on, and one who sends more than little, but less than
// its part, when what was inside has gone.
func TestWhoSendsLittleIsNotHeldUp(t *testing.T) {
	for _, flooders := range []int{2, 5, 200, 5000} {
		for _, size := range []int64{4 << 10, 40 << 10, 256 << 10} {
			c := newCrowd()
			for i := range flooders { // of about that size, or many would always have sent the same
				c.join(size+int64(i), true)
			}
			honest, burst := c.join(100, false), c.join(20<<10, false)
			for n := range 10 {
				for range 5 + flooders*int(1+(20<<10)/size) { // meanwhile each of them sends more than 20 KiB
					c.step(t)
				}
				if !c.ask(honest) && n > 0 { // the first finds much inside
					t.Fatalf("%d flooders with %d: honest message %d waits", flooders, size, n)
				}
				for c.sent[honest] < 100*int64(n+1) {
					c.step(t)
				}
				came, bursts := c.held, c.sent[burst]
				for done := c.ask(burst); !done; done = c.sent[burst] > bursts {
					came -= c.size[c.inside[0]]
					if c.step(t); came < 0 {
						t.Fatalf("%d flooders with %d: burst %d waits for what came behind it", flooders, size, n)
					}
				}
			}
		}
	}
}

// Clients who all send much keep the host busy; once one comes that sends little, there is
// less before it, until it has gone.
func TestThereIsLessInsideForWhoSendsLittle(t *testing.T) {
	c := newCrowd()
	for range 5 {
		c.join(200<<10, true)
	}
	honest := c.join(100, false)
	steps := func(n int) (least, most int64) {
		for range 100 {
			c.step(t)
		}
		least = 1 << 60
		for range n {
			c.step(t)
			least, most = min(least, c.held), max(most, c.held)
		}
		return least, most
	}
	if least, most := steps(100); most > limits.Busy || least < limits.Busy-(400<<10) {
		t.Errorf("%d to %d bytes are inside when all send much", least, most)
	}
	for range 100 {
		c.ask(honest)
		if _, most := steps(1); most > limits.Shared {
			t.Errorf("%d bytes are inside beside one who sends little", most)
		}
	}
	c.now = c.now.Add(time.Second)
	if least, most := steps(100); most > limits.Busy || least < limits.Busy-(400<<10) {
		t.Errorf("%d to %d bytes are inside when it has gone", least, most)
	}
}

// A client alone has all the room, whatever its batches are.
func TestAClientAlone(t *testing.T) {
	q, now, one := turns.New(limits), time.Now(), new(turns.Client)
	for n := range 8 {
		for _, size := range []int64{100, 256 << 10} {
			if !q.Ask(one, size, now) {
				t.Fatalf("batch %d of %d waits", n, size)
			}
		}
	}
}

// Clients who send as much as they can send the same, whatever the size of their batches,
// and no more is inside than there may be; whatever ends, somebody goes on as long as
// there is one who waits.
func TestTurnsAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, largest := newCrowd(), int64(0)
		var clients []*turns.Client
		for _, size := range rapid.SliceOfN(rapid.Int64Range(100<<10, 256<<10), 2, 30).Draw(t, "sizes") {
			clients, largest = append(clients, c.join(size, true)), max(largest, size)
		}
		if len(clients) > 2 && rapid.Bool().Draw(t, "one ends") {
			c.end(clients[rapid.IntRange(0, len(clients)-1).Draw(t, "who")])
		}
		for n := range 5000 {
			if c.step(t); n > window && c.held > limits.Busy { // the first came when it was alone
				t.Fatalf("%d bytes are inside", c.held)
			}
		}
		least, highest := int64(1<<62), int64(0)
		for _, sent := range c.sent {
			least, highest = min(least, sent), max(highest, sent)
		}
		if highest-least > limits.Busy+window*largest {
			t.Errorf("one has sent %d, another %d", highest, least)
		}
	})
}

// A client that stalls holds up nobody, and goes on where it was.
func TestAStalledClient(t *testing.T) {
	q, now := turns.New(limits), time.Now()
	stalls, other := new(turns.Client), new(turns.Client)
	for range 8 {
		q.Ask(stalls, 256<<10, now)
	}
	if q.Ask(other, 256<<10, now) || q.Ask(stalls, 256<<10, now) || q.Next() != nil {
		t.Fatal("there is room beside eight batches")
	}
	q.Stall(stalls)
	if q.Next() != other || q.Next() != nil {
		t.Fatal("the other does not go on when one has stalled")
	}
	q.Done(stalls, 256<<10) // of what it had inside
	q.Done(other, 256<<10)
	if q.Next() != nil {
		t.Fatal("one goes on that has stalled")
	}
	q.Resume(stalls)
	if q.Next() != stalls || q.Next() != nil {
		t.Fatal("it does not go on when it can")
	}
	q.Stall(stalls)
	if q.Ask(stalls, 1, now) {
		t.Fatal("one that has stalled is let in")
	}
	q.Resume(stalls)
	if q.Next() != stalls {
		t.Fatal("it has asked, and does not go on")
	}
}

// A client that sends over many connections has one part, and all of them go on.
func TestManyConnectionsOfAClientHaveOnePart(t *testing.T) {
	const size = 100 << 10
	c, shared := newCrowd(), new(turns.Flow)
	alone := c.join(size, true)
	var many []*turns.Client
	for range 200 {
		one := new(turns.Client)
		one.Join(shared)
		c.size[one], c.window[one] = size, window
		c.ask(one)
		many = append(many, one)
	}
	for range 2000 {
		c.step(t)
	}
	sum, least := int64(0), int64(1<<62)
	for _, one := range many {
		sum, least = sum+c.sent[one], min(least, c.sent[one])
	}
	if own := c.sent[alone]; sum > own+4<<20 || own > sum+4<<20 || least == 0 {
		t.Errorf("200 connections of one client send %d, each at least %d; a client with one sends %d", sum, least, own)
	}
	c.end(many[0])
	c.end(alone)
	before := c.sent[many[1]]
	for range 20_000 {
		c.step(t)
	}
	if c.sent[many[1]] == before {
		t.Error("the others do not go on after one has ended")
	}
}
