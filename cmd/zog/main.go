// Command zog is the daemon of a ring: about five hosts in a full mesh, each with one
// daemon. A text that a client sends to any host is soon in the access.log of every host,
// once.
//
//	zog dev        run a whole ring in one process, to try it out
//	zog run        run the daemon of one host
//	zog verify     check the logs and compare them
//	zog config     make, check and show a ring file
//	zog tls        make, renew, show and check certificates
//	zog version    show the version
//
// `zog help` and `zog COMMAND --help` explain the rest. This package has flags and wiring
// only. The daemon is in the package supervisor.
package main

import (
	"os"

	cmap "github.com/orcaman/concurrent-map"

	"xlattice.org/zog/internal/cli"
)

func main() {
	if len(os.Args) > 1 && (os.Args[1] == "run" || os.Args[1] == "dev") {
		catchEnds() // before all else, as until then a signal ends the process by itself
	}
	// protoactor keeps the names of actors in 1,024 maps of SHARD_COUNT shards each. A host
	// has a few dozen actors, and does not look them up for messages. With more than one
	// shard the garbage collector has 6 MiB to scan. This must be set before the first of
	// these maps is made, and holds for the whole process.
	cmap.SHARD_COUNT = 1
	os.Exit(cli.Main(newRoot()))
}
