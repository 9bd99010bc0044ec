package check

import (
	"errors"
	"fmt"
	"slices"

	"xlattice.org/zog/internal/marks"
)

// Config says what is to be checked, and how strictly.
type Config struct {
	Hosts []string // whose logs there are, at most 64
	// Holes are the runs whose beginning a log may lack: all below the given
	// seq. What is missing there is no fault; it is nowhere else excused.
	Holes map[marks.Run]uint64
	// Settled says that the ring had come to rest with all hosts connected:
	// then what one log has, each must have, acknowledged or not.
	Settled bool
	// Others says that there were other senders, of whom the record knows nothing:
	// that nobody on record sent a text, or not so often, is no fault then.
	Others bool
	// Examples is how many findings of a kind are kept for each host. All are
	// counted. 0 means 5.
	Examples int
}

// maxHosts is how many logs can be told apart by the bits of an id.
const maxHosts = 64

const defaultExamples = 5

// Checker compares logs with a record, and with each other. It is for one
// goroutine.
type Checker struct {
	cfg     Config
	record  *Record
	entries entries
	logs    []*Log
}

// New returns a Checker of what is in a record, which it owns from then on.
func New(record *Record, cfg Config) (*Checker, error) {
	switch {
	case len(cfg.Hosts) == 0:
		return nil, errors.New("there are no logs to check")
	case len(cfg.Hosts) > maxHosts:
		return nil, fmt.Errorf("%d logs are more than %d", len(cfg.Hosts), maxHosts)
	}
	if cfg.Examples == 0 {
		cfg.Examples = defaultExamples
	}
	if err := record.sort(); err != nil {
		return nil, err
	}
	c := &Checker{cfg: cfg, record: record}
	for i, name := range cfg.Hosts {
		if slices.Contains(cfg.Hosts[:i], name) {
			return nil, fmt.Errorf("host %s has two logs", name)
		}
		c.logs = append(c.logs, &Log{
			checker: c, hostBit: 1 << i, runs: make(map[*runEntries]*progress),
			found: HostReport{Host: name},
		})
	}
	return c, nil
}

// Log returns the log of the host with this number in Config.Hosts.
func (c *Checker) Log(i int) *Log { return c.logs[i] }

// excused tells whether a log may lack a message.
func (c *Checker) excused(r *runEntries, seq uint64) bool {
	return r != nil && seq < c.cfg.Holes[r.Run]
}

// Report says what was found so far. It is worth something once all logs have
// been read whole.
func (c *Checker) Report() *Report {
	counts := &c.record.counts
	report := &Report{Acknowledged: counts[Ok], Refused: counts[Refused], Unknown: counts[Unknown], others: c.cfg.Others}
	for _, l := range c.logs {
		read := l.found // without what only the end shows
		l.findLost()
		if c.cfg.Settled {
			l.findUneven()
		}
		report.Hosts = append(report.Hosts, l.found)
		l.found = read
	}
	return report
}
