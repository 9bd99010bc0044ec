package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/zog"
)

// work is a system.Work with a name.
type work struct {
	name, about string
	system.Work
}

// window is that of zog's client, and all that have one get the same.
const window = 16 << 10

const worksHelp = `  flood    4,000,000 messages by one client, at most 16,384 under way, acknowledged
           by the first host, nothing synced
  five     the same by five clients, which share the messages and what is under way
  window   1,000,000, at most 4,096 under way, acknowledged when all five hosts have
           synced them
  single   3,000 one after the other, acknowledged when all five have synced them
  first    5,000 one after the other, acknowledged when the first host has synced them
  single1  20,000 one after the other, acknowledged by the first host, nothing synced`

// works are what compare does. Their names do not change.
var works = []work{
	{"flood", "one client, 16,384 under way, acknowledged by the first host, not synced", system.Work{
		Messages: 4_000_000, Window: window, Copies: 1,
	}},
	{"five", "five clients, 16,384 under way in all, acknowledged by the first host, not synced", system.Work{
		Messages: 4_000_000, Window: window / 5, Clients: 5, Copies: 1,
	}},
	{"window", "one client, 4,096 under way, acknowledged when synced on all hosts", system.Work{
		Messages: 1_000_000, Window: 4096, Copies: 5, Sync: true,
	}},
	{"single", "one after the other, acknowledged when synced on all hosts", system.Work{
		Messages: 3_000, Window: 1, Copies: 5, Sync: true,
	}},
	{"first", "one after the other, acknowledged when synced by the first host", system.Work{
		Messages: 5_000, Window: 1, Copies: 1, Sync: true,
	}},
	{"single1", "one after the other, acknowledged by the first host, not synced", system.Work{
		Messages: 20_000, Window: 1, Copies: 1,
	}},
}

// limit is how long one turn may take.
const limit = 5 * time.Minute

// usual fills in what most works have.
func usual(w system.Work) system.Work {
	w.Hosts, w.Text, w.Clients, w.Limit = 5, 48, max(1, w.Clients), limit
	return w
}

func workNames() (names []string) {
	for _, w := range works {
		names = append(names, w.name)
	}
	return names
}

// pick returns the works of these names, with so many times their messages.
func pick(names []string, scale float64) (picked []work, err error) {
	for _, name := range names {
		i := slices.IndexFunc(works, func(w work) bool { return w.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no work is called %q: there are %s", name, strings.Join(workNames(), ", "))
		}
		w := works[i]
		w.Work = usual(w.Work)
		w.Messages = max(1, int(float64(w.Messages)*scale))
		picked = append(picked, w)
	}
	return picked, nil
}

// tlsSystems and tlsWorks are what is compared to tell what TLS costs.
var (
	tlsSystems = []string{zog.Plain, zog.WithTLS}
	tlsWorks   = []string{"flood", "window", "single"}
)

// defaultSystems are all there are but zog with TLS, the relay and zog first.
func defaultSystems() []string {
	names := []string{"relay", zog.Plain}
	for _, name := range system.Names() {
		if !slices.Contains(names, name) && name != zog.WithTLS {
			names = append(names, name)
		}
	}
	return names
}
