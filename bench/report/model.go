package report

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"xlattice.org/zog/bench/quiet"
)

// Results are what the benchmark has measured, as they are kept in a file. Each part
// is replaced as a whole by the next run that measures it.
type Results struct {
	Machine Machine
	Works   []*Work    `json:",omitempty"` // of the relay and zog
	Peers   []*Work    `json:",omitempty"` // of others too
	TLS     []*Work    `json:",omitempty"` // of zog without and with TLS
	Latency []*Latency `json:",omitempty"`
	Long    *Work      `json:",omitempty"` // a flood of long texts, in many turns
	Growth  []*Growth  `json:",omitempty"`
	Memory  []*Memory  `json:",omitempty"`
	Idle    []*Idle    `json:",omitempty"`
	// Quiet is what was seen of the machine before each part was measured, by its name.
	Quiet map[string]*quiet.Seen `json:",omitempty"`
}

// The names of the parts of results.
const (
	PartCompare = "compare"
	PartPeers   = "peers"
	PartTLS     = "tls"
	PartLatency = "latency"
	PartLong    = "long"
	PartGrowth  = "growth"
	PartMemory  = "memory"
	PartIdle    = "idle"
)

// Machine says where they were measured.
type Machine struct {
	Processor  string
	Processors int
	MemoryGiB  float64
	Kernel     string
	Go         string
	Date       string // of the last run
}

// Series is what one system has done of one work. Its slices have one number for each
// alternation, in their order.
type Series struct {
	System  string
	Skipped string    `json:",omitempty"` // why there is nothing else
	Acks    bool      `json:",omitempty"` // it writes no logs: only its acknowledgements are timed
	Rates   []float64 `json:",omitempty"` // messages a second
	Acked   []float64 `json:",omitempty"` // messages a second, if only the acknowledgements counted
	CPU     []float64 `json:",omitempty"` // seconds of processor time a million messages, of hosts and clients
	Client  []float64 `json:",omitempty"` // of that, the clients'
	Peak    []float64 `json:",omitempty"` // MiB, of the host that had most
	// OutOfWindow is how many lines the hosts wrote about a peer that was out of their
	// window. Only systems that have windows tell it.
	OutOfWindow []int `json:",omitempty"`
}

// Work is what all systems have done of one work.
type Work struct {
	Name, About string
	Series      []*Series
}

// Quantiles are those of times, in microseconds.
type Quantiles struct {
	Count               int64
	P50, P99, P999, Max float64
}

// Latency is how long messages took that were sent by the clock.
type Latency struct {
	About  string
	Rate   float64 // messages a second
	Series []*LatencySeries
}

// LatencySeries is what it was with one system, over all alternations.
type LatencySeries struct {
	System        string
	Skipped       string `json:",omitempty"`
	Acked, Logged Quantiles
	// LoggedP99 is, by alternation, the 99th percentile until a line was in all logs, in
	// microseconds.
	LoggedP99 []float64 `json:",omitempty"`
}

// Growth is how a cost changes with one number of the work.
type Growth struct {
	Name, About string
	Points      []*Point
}

// Point is one value of that number.
type Point struct {
	Value  string
	Series []*Series
}

// Memory is what the hosts had, sampled once a second, while many messages went
// through.
type Memory struct {
	System   string
	Messages int
	Rate     float64 // messages a second
	// By host, the most in MiB in the first half of the messages and in the second.
	First, Second []float64
}

// Idle is what hosts cost that have nothing to do. Its slices have one number for each
// alternation, but for Next, which has that of all messages behind the first.
type Idle struct {
	System      string
	Skipped     string    `json:",omitempty"`
	Rest        float64   `json:",omitempty"` // seconds that they did nothing
	CPU         []float64 `json:",omitempty"` // percent of a processor, of the host that took most
	Memory      []float64 `json:",omitempty"` // MiB, of the host that had most
	First, Next []float64 `json:",omitempty"` // microseconds until a message is acknowledged
	Start       []float64 `json:",omitempty"` // milliseconds until a host takes messages
	Program     float64   `json:",omitempty"` // MiB
}

// Read reads results from a file. If there is none they are empty.
func Read(name string) (*Results, error) {
	r := &Results{}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, r)
}

// Write writes results to a file, with the machine that this is.
func (r *Results) Write(name string, now time.Time) error {
	r.Machine = thisMachine(now)
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}
