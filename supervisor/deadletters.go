package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// deadLettersEvery is how often the most dead letters are said: a storm of them must not
// be one of lines.
const deadLettersEvery = time.Minute

// deadLetters counts the messages that were sent to actors that are gone. Some are a part
// of normal life: an answer to a client that has just hung up. Only their types are said,
// never what is in them.
type deadLetters struct {
	node *actors.Node

	mu    sync.Mutex
	types map[string]int // since they were said last
	timer *time.Timer    // until they are said
	ended bool
}

// watchDeadLetters counts all dead letters of the node from now on.
func watchDeadLetters(node *actors.Node) *deadLetters {
	d := &deadLetters{node: node, types: make(map[string]int)}
	node.System.EventStream.Subscribe(d.hear)
	return d
}

// hear only counts: a message that it sent could become a dead letter too, and so on.
func (d *deadLetters) hear(event any) {
	letter, dead := event.(*actor.DeadLetterEvent)
	if !dead {
		return
	}
	switch letter.Message.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
		return // protoactor's own, such as the word to stop
	}
	d.node.Counts.DeadLetters.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.types[fmt.Sprintf("%T", letter.Message)]++
	if d.timer == nil && !d.ended {
		d.timer = time.AfterFunc(deadLettersEvery, d.say)
	}
}

// say says what has gathered, and begins anew.
func (d *deadLetters) say() {
	d.mu.Lock()
	types := d.types
	d.types, d.timer = make(map[string]int), nil
	d.mu.Unlock()
	total, each := 0, make([]string, 0, len(types))
	for name, n := range types {
		total += n
		each = append(each, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(each)
	d.node.Log.Infof("messages to actors that were gone: %d (%s)", total, strings.Join(each, ", "))
}

// end drops what was not said yet, and what is still to come: a host that stops leaves
// some behind.
func (d *deadLetters) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.timer != nil {
		d.timer.Stop()
	}
}
