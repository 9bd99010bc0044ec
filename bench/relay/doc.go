// Package relay is the bare relay: about the least that a program can do and still
// bring each text to the log of every host. What it reaches is what the machine
// allows, and the measure for the others.
//
// Its hosts form the same tree as zog's. Each has one thread, that waits until there
// is something to read, takes all that is there, up to 256 KiB, writes it to its
// children with one write each, writes the lines to its log with one write, syncs
// that if the work asks for it, and says how many it has. There are no timers, no
// identities, no search for duplicates, and no repair: what goes wrong ends it.
//
// The frames are zog's, with the wrapping always there and in one byte, so that it is
// patched in place and the bytes that were read are the bytes that are sent on. All
// clients speak to host 0. Where a work asks for more copies than one, the others
// tell host 0 by a connection of their own, which is fewer hops than back up the
// tree.
package relay
