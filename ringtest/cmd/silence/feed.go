package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"xlattice.org/zog/internal/test/netns"
)

// feed is a `sprog send -` that gets lines at a steady rate. A message waits from when it was due
// until its answer is read, also while sprog does not read its input.
type feed struct {
	*client
	every time.Duration
	stop  chan struct{} // closed to end the input
	once  sync.Once

	mu  sync.Mutex
	due []time.Time // by line
}

// startFeed starts it in a place. Its texts begin with tag, and no two are equal.
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

// feed writes the lines until stop is closed or sprog has ended.
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

// addDue records when a line is due, and returns its number.
func (f *feed) addDue(due time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = append(f.due, due)
	return len(f.due) - 1
}

// stopFeeding ends the input, so that sprog ends.
func (f *feed) stopFeeding() { f.once.Do(func() { close(f.stop) }) }

// longestWait returns the longest wait of a message, and whether that message still waits.
func (f *feed) longestWait(now time.Time) (time.Duration, bool) {
	answers := f.received()
	times := make([]time.Time, len(answers))
	for i := range answers {
		times[i] = answers[i].at
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return longestWait(f.due, times, now)
}

// longestWait returns the longest time from when a line was due until it was answered, and whether
// that wait goes on. Lines are answered in order.
func longestWait(due, answered []time.Time, now time.Time) (longest time.Duration, goesOn bool) {
	for i, at := range due {
		until := now
		if i < len(answered) {
			until = answered[i]
		}
		if wait := until.Sub(at); wait > longest {
			longest, goesOn = wait, i >= len(answered)
		}
	}
	return longest, goesOn
}

// longestGap returns the longest time between two consecutive answers.
func longestGap(answers []answer) (longest time.Duration) {
	for i := 1; i < len(answers); i++ {
		longest = max(longest, answers[i].at.Sub(answers[i-1].at))
	}
	return longest
}
