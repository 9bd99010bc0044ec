package turns_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/turns"
)

const most = 512 << 10

// crowd is a queue and what is inside, in its order.
type crowd struct {
	*turns.Queue
	now    time.Time
	size   map[*turns.Client]int64 // of a client's batches
	greedy map[*turns.Client]bool  // always wants to send more
	sent   map[*turns.Client]int64
	inside []*turns.Client
	held   int64
}

func newCrowd() *crowd {
	return &crowd{
		Queue: turns.New(most), now: time.Now(),
		size: make(map[*turns.Client]int64), greedy: make(map[*turns.Client]bool), sent: make(map[*turns.Client]int64),
	}
}

// join adds a client.
func (c *crowd) join(size int64, greedy bool) *turns.Client {
	client := new(turns.Client)
	c.size[client], c.greedy[client] = size, greedy
	if greedy {
		c.ask(client)
	}
	return client
}

// ask asks, for a greedy client until it has to wait.
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
	if c.greedy[client] {
		c.ask(client)
	}
}

// step ends the oldest that is inside, and lets in who is next.
func (c *crowd) step(t interface{ Fatal(...any) }) {
	c.now = c.now.Add(time.Millisecond)
	if len(c.inside) == 0 {
		t.Fatal("nobody goes on")
	}
	done := c.inside[0]
	c.inside, c.held = c.inside[1:], c.held-c.size[done]
	c.Leave(done, c.size[done])
	c.next()
}

func (c *crowd) next() {
	for client := c.Next(); client != nil; client = c.Next() {
		c.enter(client)
	}
}

// end takes a client out.
func (c *crowd) end(gone *turns.Client) {
	c.End(gone)
	c.inside = slices.DeleteFunc(c.inside, func(client *turns.Client) bool {
		if client == gone {
			c.held -= c.size[gone]
		}
		return client == gone
	})
	delete(c.sent, gone)
	c.next()
}

// Beside any number of clients who send as much as they can, one who sends little is let
// in at once, and one who sends more than little, but less than its part, when what was
// inside has gone.
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
				if !c.ask(honest) {
					t.Fatalf("%d flooders with %d: honest message %d waits", flooders, size, n)
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

// One client alone is held up by nothing; once another comes, it is.
func TestAClientAlone(t *testing.T) {
	q, now := turns.New(most), time.Now()
	one, other := new(turns.Client), new(turns.Client)
	if !q.Ask(one, 100, now) {
		t.Fatal("the first waits")
	}
	now = now.Add(time.Second)
	for range 8 {
		if !q.Ask(one, 256<<10, now) {
			t.Fatal("one alone waits")
		}
	}
	if q.Ask(other, 100<<10, now) || q.Next() != nil {
		t.Fatal("another goes on, with 2 MiB inside")
	}
	q.Leave(one, 8*(256<<10))
	if q.Next() != other || q.Next() != nil {
		t.Fatal("the other does not go on when there is room")
	}
	if !q.Ask(one, 256<<10, now) || q.Ask(one, 256<<10, now) {
		t.Error("who is not alone any more has more inside than two share")
	}
}

// Clients who send as much as they can send the same, whatever the size of their batches,
// and no more is inside than there may be; whatever ends, somebody goes on as long as
// there is one who waits.
func TestTurnsAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, largest := newCrowd(), int64(0)
		var clients []*turns.Client
		for _, size := range rapid.SliceOfN(rapid.Int64Range(100, 256<<10), 2, 30).Draw(t, "sizes") {
			clients, largest = append(clients, c.join(size, true)), max(largest, size)
		}
		if len(clients) > 2 && rapid.Bool().Draw(t, "one ends") {
			c.end(clients[rapid.IntRange(0, len(clients)-1).Draw(t, "who")])
		}
		for range 5000 {
			if c.step(t); c.held > 2*most {
				t.Fatalf("%d bytes are inside", c.held)
			}
		}
		least, highest := int64(1<<62), int64(0)
		for _, sent := range c.sent {
			least, highest = min(least, sent), max(highest, sent)
		}
		if highest-least > most+2*largest {
			t.Errorf("one has sent %d, another %d", highest, least)
		}
	})
}
