// Command zog is the daemon of a ring: five or so hosts, each with one of it,
// in a full mesh. A text that a client hands to any of them stands soon after
// in the access.log of each, once.
//
//	zog dev        a whole ring in one process, to try it out
//	zog run        the daemon of one host
//	zog verify     are the logs sound, and alike
//	zog config     make, check and show a ring file
//	zog version    which zog this is
//
// `zog help` and `zog COMMAND --help` teach the rest. Here are only flags and
// wiring: what the daemon does is in the package supervisor.
package main

import (
	"os"

	cmap "github.com/orcaman/concurrent-map"

	"xlattice.org/zog/internal/cli"
)

func main() {
	// protoactor keeps the names of all actors in 1,024 maps of so many shards each. A
	// host has a few dozen actors, and nobody looks for them while messages pass: more
	// than one shard is 6 MiB for the collector to go through. It is set before the
	// first of these maps is made, and for the whole process, so here.
	cmap.SHARD_COUNT = 1
	os.Exit(cli.Main(newRoot()))
}
