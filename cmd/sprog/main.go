// Command sprog sends messages to a ring of zog daemons.
//
//	sprog                  a random text every 10 s to a random host, for ever
//	sprog send TEXT        one message
//	sprog send -           each line of standard input is a message, pipelined
//
// `sprog --help` explains the rest. This package has flags, wiring and output only. The
// sending is in the package client, for use in other programs.
package main

import (
	"os"

	"xlattice.org/zog/internal/cli"
)

func main() { os.Exit(cli.Main(newRoot())) }
