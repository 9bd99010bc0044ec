package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/sender"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/texts"
)

// logs are those of all hosts of a cluster.
type logs struct {
	cluster system.Cluster
	hosts   int
	before  []int64          // bytes that were there when the cluster was started
	sealed  map[string]int64 // bytes of files that are not written to any more
}

func newLogs(c system.Cluster, hosts int) *logs {
	l := &logs{cluster: c, hosts: hosts, before: make([]int64, hosts), sealed: map[string]int64{}}
	for i := range hosts {
		l.before[i] = l.size(i)
	}
	return l
}

// none tells whether the system writes no logs.
func (l *logs) none() bool { return l.cluster.Logs(0) == nil }

// size is how many bytes a host's log has. Only the last of its files grows. One that
// has just been renamed is found the next time.
func (l *logs) size(host int) (total int64) {
	files := l.cluster.Logs(host)
	for i, f := range files {
		size, known := l.sealed[f]
		if !known {
			info, err := os.Stat(f)
			if err != nil {
				continue
			}
			if size = info.Size(); i < len(files)-1 {
				l.sealed[f] = size
			}
		}
		total += size
	}
	return total
}

// look is how often sizes are looked at. It bounds how exact a time is.
const look = time.Millisecond

// await returns when each host has the lines of so many messages, and says when that
// was seen. One host is looked at at a time, since nobody has all before the last.
func (l *logs) await(ctx context.Context, messages int) (clock.Time, error) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for host := 0; host < l.hosts; {
		want := l.cluster.LineBytes(1, messages)
		has := l.size(host) - l.before[host]
		switch {
		case want >= 0 && has == want:
			host++
			continue
		case want >= 0 && has > want:
			return 0, fmt.Errorf("host %d has %d bytes in its log, and should have %d", host, has, want)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, fmt.Errorf("host %d has %d bytes in its log instead of %d: %w", host, has, want, context.Cause(ctx))
		}
	}
	return clock.Now(), nil
}

// check looks at each line of each log.
func (l *logs) check(w system.Work, messages int) error {
	each := make([]int, w.Clients)
	for i := range each {
		each[i] = sender.Share(messages, w.Clients, i)
	}
	failed := make([]error, l.hosts)
	var all sync.WaitGroup
	for host := range l.hosts {
		all.Go(func() {
			if err := l.checkHost(host, texts.NewCheck(w.Clients, w.Text), each); err != nil {
				failed[host] = fmt.Errorf("the log of host %d is wrong: %w", host, err)
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

func (l *logs) checkHost(host int, check *texts.Check, each []int) error {
	skip := l.before[host]
	for _, name := range l.cluster.Logs(host) {
		err := func() error {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				return err
			}
			passed := min(skip, info.Size())
			skip -= passed
			if _, err := f.Seek(passed, io.SeekStart); err != nil {
				return err
			}
			return check.Lines(f)
		}()
		if err != nil {
			return err
		}
	}
	return check.Done(each)
}
