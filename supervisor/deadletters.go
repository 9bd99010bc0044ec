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

// deadLettersEvery is the least time between two lines about dead letters.
const deadLettersEvery = time.Minute

// deadLetters counts the messages to actors that have stopped. Some are normal, such as an
// answer to a client that has just hung up. Only their types are logged, never their content.
type deadLetters struct {
	node *actors.Node

	mu      sync.Mutex
	types   map[string]int // since the last line
	timer   *time.Timer    // until the next line; nil if there is nothing to log
	stopped bool
}

// watchDeadLetters counts the dead letters of the node from now on.
func watchDeadLetters(node *actors.Node) *deadLetters {
	d := &deadLetters{node: node, types: make(map[string]int)}
	node.System.EventStream.Subscribe(d.count)
	return d
}

// count counts an event if it is a dead letter. It sends no message: that could become a dead
// letter too, without end.
func (d *deadLetters) count(event any) {
	letter, dead := event.(*actor.DeadLetterEvent)
	if !dead {
		return
	}
	switch letter.Message.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
		return // of protoactor itself, such as Stop
	}
	d.node.Counts.DeadLetters.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.types[fmt.Sprintf("%T", letter.Message)]++
	if d.timer == nil && !d.stopped {
		d.timer = time.AfterFunc(deadLettersEvery, d.log)
	}
}

// log logs the counts and resets them.
func (d *deadLetters) log() {
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

// stop discards the counts, and later dead letters: a host that stops causes some.
func (d *deadLetters) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	if d.timer != nil {
		d.timer.Stop()
	}
}
