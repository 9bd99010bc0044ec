package client

import (
	"context"
	"sync"
	"time"
)

// Pending is a text that was given to Enqueue. Its methods may be used from any goroutine.
type Pending struct {
	text    string
	done    chan struct{} // closed when the others are set
	receipt Receipt
	err     error
}

// Done returns a channel that is closed when the text has its result.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Wait waits for the result, and returns what Send would. If ctx ends before, it returns the error
// and the cause of ctx; the text goes on.
func (p *Pending) Wait(ctx context.Context) (Receipt, error) {
	select {
	case <-p.done:
		return p.receipt, p.err
	default:
	}
	select {
	case <-p.done:
		return p.receipt, p.err
	case <-ctx.Done():
		return Receipt{}, contextCause(ctx)
	}
}

// Enqueue gives a text to the client, which sends it behind those that were enqueued before, and
// returns without waiting for the answer. The result comes with the Pending; nobody need wait for
// it. While Config.Window texts have no result, Enqueue waits.
//
// An error means that the text was not enqueued: it is a *RefusedError, ErrClosed, or the error and
// the cause of ctx. After that ctx is not used.
//
// Enqueued texts are sent as by SendAll: over one connection, in their order, with the copies and the
// timeout of the Config.
func (c *Client) Enqueue(ctx context.Context, text string) (*Pending, error) {
	if err := Check(text); err != nil {
		return nil, err
	}
	if err := contextCause(ctx); err != nil {
		return nil, err
	}
	select {
	case c.queue.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, contextCause(ctx)
	case <-c.ctx.Done():
		return nil, ErrClosed
	}
	return c.queue.add(c, text)
}

// Flush waits until each text that was enqueued before has its result. It returns the first error
// among the results since the last Flush, or nil if all those texts are kept; or the error and the
// cause of ctx, if that ends before.
func (c *Client) Flush(ctx context.Context) error {
	if last := c.queue.last(); last != nil {
		select {
		case <-last.done:
		case <-ctx.Done():
			return contextCause(ctx)
		}
	}
	return c.queue.takeError()
}

// queueIdle is how long a queue without texts keeps its SendAll.
const queueIdle = time.Second

// queue is the texts of Enqueue. While it has any, a goroutine runs a SendAll, to which they are a
// sequence. If that gives up, another one begins with the texts that it has not drawn.
type queue struct {
	slots   chan struct{} // one is taken for each text without a result
	wake    chan struct{} // wakes the sequence; holds one token
	running sync.WaitGroup

	mu      sync.Mutex
	started bool       // there is a goroutine
	texts   []*Pending // without a result, in their order
	yielded int        // how many of these the sequence has yielded
	err     error      // the first since the last Flush
}

func newQueue(window int) queue {
	return queue{slots: make(chan struct{}, window), wake: make(chan struct{}, 1)}
}

// add adds a text. The caller has taken a slot.
func (q *queue) add(c *Client, text string) (*Pending, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.ctx.Err() != nil { // Close waits for goroutines that are started before
		<-q.slots
		return nil, ErrClosed
	}
	p := &Pending{text: text, done: make(chan struct{})}
	q.texts = append(q.texts, p)
	if !q.started {
		q.started = true
		q.running.Go(func() { q.run(c) })
	}
	select {
	case q.wake <- struct{}{}:
	default: // the sequence will look again
	}
	return p, nil
}

// run sends texts until there are none.
func (q *queue) run(c *Client) {
	for q.goesOn() {
		// What it returns is in the results, and about texts that the next one sends.
		_, _ = c.SendAll(context.Background(), q.sequence(c), q.report)
		if c.ctx.Err() != nil {
			q.closeAll()
		}
	}
}

// goesOn reports whether there are texts for another SendAll. Otherwise the goroutine ends.
func (q *queue) goesOn() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.yielded = 0 // what was drawn has its result
	q.started = len(q.texts) > 0
	return q.started
}

// sequence yields texts as they are enqueued, until there was none for a while.
func (q *queue) sequence(c *Client) func(func(string) bool) {
	return func(yield func(string) bool) {
		idle := time.NewTimer(queueIdle)
		defer idle.Stop()
		for {
			text, more := q.next()
			if more {
				if !yield(text) {
					return
				}
				continue
			}
			idle.Reset(queueIdle)
			select {
			case <-q.wake:
			case <-c.ctx.Done():
				return
			case <-idle.C:
				if q.last() == nil {
					return
				}
			}
		}
	}
}

// next returns the next text that was not yielded, if there is one.
func (q *queue) next() (text string, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.yielded >= len(q.texts) { // more than there are, after closeAll
		return "", false
	}
	q.yielded++
	return q.texts[q.yielded-1].text, true
}

// report gives the oldest text its result.
func (q *queue) report(r Result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.resolve(r.Receipt, r.Err)
	q.yielded--
}

// closeAll gives the texts that are left their result after the client was closed.
func (q *queue) closeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.texts) > 0 {
		q.resolve(Receipt{}, ErrClosed)
	}
}

// resolve gives the oldest text its result. The caller holds mu.
func (q *queue) resolve(receipt Receipt, err error) {
	p := q.texts[0]
	q.texts[0] = nil
	q.texts = q.texts[1:]
	p.text, p.receipt, p.err = "", receipt, err
	if q.err == nil {
		q.err = err
	}
	close(p.done)
	<-q.slots
}

// last returns the newest text without a result, or nil. Results come in the order of the texts.
func (q *queue) last() *Pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.texts) == 0 {
		return nil
	}
	return q.texts[len(q.texts)-1]
}

func (q *queue) takeError() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	err := q.err
	q.err = nil
	return err
}

// wait returns when the goroutine has ended, after the client was closed.
func (q *queue) wait() {
	q.mu.Lock() // whoever has not started it yet will not
	running := &q.running
	q.mu.Unlock()
	running.Wait()
}
