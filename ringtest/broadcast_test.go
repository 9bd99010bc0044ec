package ringtest_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/messages"
	"xlattice.org/zog/ringtest"
)

var broadcasts = flag.Duration("broadcast-lasts", 2*time.Second, "for how long TestLongBroadcast sends, in virtual time")

// TestLongBroadcast: 25 hosts, 100 ms from one to the next, 100 messages a second. It
// counts how often a message is sent between hosts, and how long it takes to the
// last log; in virtual time, so that both are the protocol's and not the machine's.
func TestLongBroadcast(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    []ringtest.Option
		breaks  func(r *ringtest.Ring)
		sends   float64 // at most
		median  time.Duration
		longest time.Duration
	}{
		{"at once", nil, nil, 24, 400 * time.Millisecond, 400 * time.Millisecond},
		{"in batches", []ringtest.Option{ringtest.File("forward: {interval: 120ms}")}, nil, 12, time.Second, 2 * time.Second},
		{"at once, half of the time parted", nil, parted, 30, 2500 * time.Millisecond, 0},
		{"in batches, half of the time parted", []ringtest.Option{ringtest.File("forward: {interval: 120ms}")}, parted, 20, 2500 * time.Millisecond, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := broadcast(t, c.breaks, append(c.opts, ringtest.Hosts(25), ringtest.Latency(100*time.Millisecond), ringtest.SyncTakes(0))...)
				t.Log(b)
				if b.sends > c.sends {
					t.Errorf("%.2f sends a message are more than %v", b.sends, c.sends)
				}
				if b.median > c.median {
					t.Errorf("a median of %v is more than %v", b.median, c.median)
				}
				if c.longest > 0 && b.worst > c.longest {
					t.Errorf("%v at worst are more than %v", b.worst, c.longest)
				}
			})
		})
	}
}

// parted parts the ring twice, each time another way.
func parted(r *ringtest.Ring) {
	all := r.Hosts()
	for _, part := range [][]*ringtest.Host{all[:12], all[6:9]} {
		time.Sleep(*broadcasts / 4)
		var names []string
		for _, h := range part {
			names = append(names, h.Name())
		}
		f := r.Partition(strings.Join(names, " "))
		time.Sleep(*broadcasts / 4)
		f.Heal()
	}
}

// measured is what a broadcast took.
type measured struct {
	messages      int
	sends         float64 // writes with messages in them, a message
	frames        float64 // Data frames a message
	all           float64 // frames of all kinds a message
	median, worst time.Duration
}

func (m measured) String() string {
	return fmt.Sprintf("%d messages: %.2f sends, %.2f Data and %.2f frames a message; to the last log %v in the median, %v at worst",
		m.messages, m.sends, m.frames, m.all, m.median, m.worst)
}

// arrivals is when each text came to each log.
type arrivals struct {
	mu   sync.Mutex
	last map[string]time.Time
	logs map[string]int
}

// hear notes the texts that a host is about to log.
func (a *arrivals) hear(m any) bool {
	if m, ok := m.(*messages.Append); ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, r := range m.Batch.Common().Rows {
			for i := range r.Len() {
				text := strings.TrimSuffix(string(r.Text(i)), "\r\n")
				a.last[text] = time.Now()
				a.logs[text]++
			}
		}
	}
	return false
}

// broadcast sends 100 messages a second through all hosts in turn.
func broadcast(t *testing.T, breaks func(*ringtest.Ring), opts ...ringtest.Option) measured {
	r := ringtest.Start(t, opts...)
	hosts := r.Hosts()
	came := &arrivals{last: make(map[string]time.Time), logs: make(map[string]int)}
	r.ProbeIf("accesslog", came.hear)
	time.Sleep(10 * time.Second) // all links are up
	before := sent(r)
	n := int(*broadcasts / (10 * time.Millisecond))
	began := make(map[string]time.Time, n)
	var broken, clients sync.WaitGroup
	if breaks != nil {
		broken.Go(func() { breaks(r) })
	}
	senders := make([]*ringtest.Client, len(hosts))
	for i, h := range hosts {
		senders[i] = r.Client(h.Name())
	}
	for i := range n {
		text := fmt.Sprint("message ", i)
		began[text] = time.Now()
		clients.Go(func() { _ = senders[i%len(senders)].Send(text) })
		time.Sleep(10 * time.Millisecond)
	}
	clients.Wait()
	broken.Wait()
	time.Sleep(10 * time.Second)
	m := since(before, sent(r), n)
	r.RequireSettled()
	var took []time.Duration
	for text, at := range began {
		if came.logs[text] < len(hosts) {
			t.Errorf("%q came to %d logs", text, came.logs[text])
		}
		took = append(took, came.last[text].Sub(at))
	}
	slices.Sort(took)
	m.median, m.worst = took[len(took)/2], took[len(took)-1]
	return m
}

// traffic is what the hosts of a ring have sent to each other.
type traffic struct{ writes, data, frames int }

func sent(r *ringtest.Ring) (sum traffic) {
	for _, l := range links(r) {
		for _, kind := range []string{"Data", "KeepAlive", "Ack", "Ok"} {
			frames, writes := l.Sent(kind)
			sum.frames += frames
			if kind == "Data" {
				sum.data += frames
				sum.writes += writes
			}
		}
	}
	return sum
}

func since(before, after traffic, messages int) measured {
	per := func(a, b int) float64 { return float64(b-a) / float64(messages) }
	return measured{
		messages: messages,
		sends:    per(before.writes, after.writes),
		frames:   per(before.data, after.data),
		all:      per(before.frames, after.frames),
	}
}
