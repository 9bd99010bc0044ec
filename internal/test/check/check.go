package check

import (
	"errors"
	"fmt"
	"slices"

	"xlattice.org/zog/internal/marks"
)

// Config says what to check, and how strictly.
type Config struct {
	Hosts []string // the hosts whose logs are checked, at most 64
	// Holes are runs whose beginning a log may lack: all seqs below the one given.
	// Messages may be missing there and nowhere else.
	Holes map[marks.Run]uint64
	// Settled says that the ring has come to rest with all hosts connected: then each
	// log must have what any log has, acknowledged or not.
	Settled bool
	// Others says that there were senders which the record does not know: a text that
	// no sender on record has sent, or not so often, is no fault then.
	Others bool
	// Examples is how many findings of a kind are kept for each host; 0 means 5. All
	// are counted.
	Examples int
}

// maxHosts is how many hosts the bits of an entry can distinguish.
const maxHosts = 64

const defaultExamples = 5

// Checker compares logs with a record, and with each other. It is not safe for
// concurrent use.
type Checker struct {
	cfg     Config
	record  *Record
	entries entries
	logs    []*Log
}

// New returns a Checker of logs against a record, which belongs to it from then on.
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

// Log returns the log of the host at index i of Config.Hosts.
func (c *Checker) Log(i int) *Log { return c.logs[i] }

// excused tells whether a log may lack a message.
func (c *Checker) excused(r *runEntries, seq uint64) bool {
	return r != nil && seq < c.cfg.Holes[r.Run]
}

// Report returns what was found so far. It is complete once all logs were read
// completely.
func (c *Checker) Report() *Report {
	counts := &c.record.counts
	report := &Report{Acknowledged: counts[Ok], Refused: counts[Refused], Unknown: counts[Unknown], others: c.cfg.Others}
	for _, l := range c.logs {
		read := l.found // without the faults that only complete logs show
		l.findLost()
		l.findMisnamed()
		if c.cfg.Settled {
			l.findUneven()
		}
		report.Hosts = append(report.Hosts, l.found)
		l.found = read
	}
	return report
}
