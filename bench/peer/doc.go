// Package peer is what the systems that zog is compared with have in common.
//
// A peer is a package with its programs' best settings and little else. It starts
// the processes of its hosts with [Start], a program of somebody else or the
// benchmark's own binary as a node (see [Node]), waits for them, and hands them to
// the driver as a [Cluster]:
//
//	ports, err := peer.FreePorts(w.Hosts, 2)
//	c := peer.NewCluster(dir, w)
//	err = c.StartNode(host, "nats", config)
//	err = c.Await(ctx, peer.Ready)
//
// On each host a log takes the texts, each as a line with CRLF: no time and no
// number, so that each peer writes the least that does the job. What writes the
// lines, where it is not the peer itself, is a [Log].
package peer

import "errors"

// ErrUnable is in the errors of a peer that has no means to do what a Work asks
// for, such as to sync before it acknowledges.
var ErrUnable = errors.New("the system does not offer this")
