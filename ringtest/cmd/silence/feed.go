package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"xlattice.org/zog/internal/test/netns"
)

// feed is a `sprog send -` that is given a line at a steady rate, as its user
// would see it: a message waits from when it was due until its answer is there,
// also while sprog does not read it.
type feed struct {
	*client
	every time.Duration
	stop  chan struct{} // closed when it is to be given no more
	once  sync.Once

	mu  sync.Mutex
	due []time.Time // by line
}

// startFeed starts it in a place. Its texts begin with tag and are all unlike.
func (s *stage) startFeed(at netns.Place, tag string, rate int, args ...string) (*feed, error) {
	f := &feed{
		client: s.newSprog(at, append([]string{"send", "-", "-v"}, args...)...),
		every:  time.Second / time.Duration(rate), stop: make(chan struct{}),
	}
	stdin, err := f.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := s.begin(f.client); err != nil {
		return nil, err
	}
	f.fed = make(chan struct{})
	go f.feed(stdin, tag)
	return f, nil
}

// feed writes the lines until it is to stop or nobody reads them.
func (f *feed) feed(to io.WriteCloser, tag string) {
	defer close(f.fed)
	defer to.Close() // at the end of the process it is closed already
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for next := time.Now(); ; next = next.Add(f.every) {
		for time.Now().Before(next) {
			select {
			case <-tick.C:
			case <-f.stop:
				return
			}
		}
		if _, err := fmt.Fprintf(to, "%s.%d\n", tag, f.addDue(next)); err != nil {
			return
		}
	}
}

// addDue notes when a line is due, and returns its number.
func (f *feed) addDue(due time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = append(f.due, due)
	return len(f.due) - 1
}

// stopFeeding gives it no more, so that it ends.
func (f *feed) stopFeeding() { f.once.Do(func() { close(f.stop) }) }

// longestWait is how long a message waited at most, and whether it still does.
func (f *feed) longestWait(now time.Time) (time.Duration, bool) {
	answers := f.received()
	told := make([]time.Time, len(answers))
	for i := range answers {
		told[i] = answers[i].at
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return longestWait(f.due, told, now)
}

// longestWait returns the longest time from when a line was due until it was
// told of, and whether that goes on. Lines are told of in their order.
func longestWait(due, told []time.Time, now time.Time) (longest time.Duration, goesOn bool) {
	for i, at := range due {
		until := now
		if i < len(told) {
			until = told[i]
		}
		if wait := until.Sub(at); wait > longest {
			longest, goesOn = wait, i >= len(told)
		}
	}
	return longest, goesOn
}

// longestGap returns the longest time between two answers in a row.
func longestGap(answers []answer) (longest time.Duration) {
	for i := 1; i < len(answers); i++ {
		longest = max(longest, answers[i].at.Sub(answers[i-1].at))
	}
	return longest
}
