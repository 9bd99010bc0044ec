package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// ready is what a node says once it takes messages.
const ready = "ready"

// nodes are what the benchmark's own binary can be on a host.
var nodes = map[string]func(ctx context.Context, config []byte) error{}

// Node makes the benchmark's own binary a node of a system, when it is told so.
// run is given what [Cluster.StartNode] was, calls [Ready] when it takes messages,
// and returns when ctx ends. To be called by a package's init.
func Node[Config any](system string, run func(ctx context.Context, c Config) error) {
	nodes[system] = func(ctx context.Context, told []byte) error {
		var c Config
		if err := json.Unmarshal(told, &c); err != nil {
			return err
		}
		return run(ctx, c)
	}
}

// Ready tells whoever started this node that it takes messages.
func Ready() { fmt.Fprintln(os.Stderr, ready) }

// RunNode is the whole of a node: args are a system's name and what it is told.
func RunNode(ctx context.Context, args []string) error {
	if len(args) != 2 || nodes[args[0]] == nil {
		return fmt.Errorf("no such node: %q", args)
	}
	return nodes[args[0]](ctx, []byte(args[1]))
}
