package main

import (
	"slices"
	"testing"
)

// The percentage falls in steps with the clients of all hosts, and rises again only when there
// are clearly fewer.
func TestTheCollectorFollowsTheClients(t *testing.T) {
	var set []int
	c := &collector{set: func(percent int) { set = append(set, percent) }}
	one, other := c.host(), c.host()
	for _, tt := range []struct {
		host    func(int)
		clients int
		want    []int
	}{
		{one, 249, nil},
		{one, 250, []int{75}},
		{one, 249, []int{75}},
		{one, 250, []int{75}},
		{other, 250, []int{75, 50}},
		{other, 10_000, []int{75, 50}},
		{other, 200, []int{75, 50}},
		{other, 199, []int{75, 50, 75}},
		{other, 0, []int{75, 50, 75}},
		{one, 200, []int{75, 50, 75}},
		{one, 199, []int{75, 50, 75, 100}},
	} {
		tt.host(tt.clients)
		if !slices.Equal(set, tt.want) {
			t.Fatalf("at %d clients of a host: %v, want %v", tt.clients, set, tt.want)
		}
	}
}

// Who sets GOGC decides.
func TestGOGCOverridesTheCollector(t *testing.T) {
	if newCollector("100").set != nil || newCollector("").set == nil {
		t.Error("GOGC does not decide")
	}
	newCollector("off").host()(1000)
}
