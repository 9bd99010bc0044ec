// Command sprog hands messages to a ring of zog daemons.
//
//	sprog                  a random text every 10 s to a random host, for ever
//	sprog send TEXT        one message
//	sprog send -           a message a line of standard input, pipelined
//
// `sprog --help` teaches the rest. Here are flags, wiring and what is printed;
// all else is done by the package client, which programs can use themselves.
package main

import (
	"os"

	"xlattice.org/zog/internal/cli"
)

func main() { os.Exit(cli.Main(newRoot())) }
