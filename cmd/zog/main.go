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

	"xlattice.org/zog/internal/cli"
)

func main() { os.Exit(cli.Main(newRoot())) }
