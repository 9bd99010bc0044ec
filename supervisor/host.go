// Package supervisor runs a host: it starts the host's actors as a tree, restarts those that
// fail, and stops them in order.
//
//	host, err := supervisor.Start(supervisor.Options{Ring: ring, Self: 0})
//	if err != nil {
//		return err
//	}
//	<-stop
//	return host.Stop(10 * time.Second)
//
// The tree, and what happens when an actor fails (docs/architecture.md, The actors):
//
//	zog                           the host fails
//	  accesslog keepalive router  restart with backoff; the host fails if one of
//	                              them fails again and again
//	  errorlog followers scrub    restart with backoff, without limit
//	  survey                      restart with backoff, without limit
//	  listeners                   the host fails
//	    clients-N peers-N         the host fails
//	  conns                       the host fails
//	    conn-N                    the connection is closed
//	      follower                the connection is closed
//	  links                       the host fails
//	    +N                        restart with backoff, without limit
package supervisor

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages"
)

// Options are the options of a host. Ring and Self are required.
type Options struct {
	// Ring is the ring file, which must be valid. Self is the index of the host in it.
	Ring *config.Ring
	Self int
	// Trust is the certificates that the ring file names. It is required unless tls.mode is off.
	Trust *trust.Trust
	// ExtraClients are further addresses on which clients are served.
	ExtraClients []netip.AddrPort
	// ClientPort replaces the client port of the ring file on the host's own address; 0 leaves
	// it.
	ClientPort uint16
	// Seams replace the network, the disk, the clock and mailboxes in tests. A nil field is the
	// real one.
	Seams actors.Seams
	// Log gets the host's diagnostics; nil discards them.
	Log logrus.FieldLogger
	// Descriptors is how many files and connections the host may have open. It limits the
	// client connections; 0 is no limit.
	Descriptors int
	// Memory is how many bytes of memory the host may use. It limits what is held for clients;
	// 0 is no limit.
	Memory int64
	// Clients is called with the number of connected clients when it has changed, by one
	// goroutine at a time; nil is allowed. It must not block.
	Clients func(connected int)
	// AwaitAddress makes Start wait if this machine does not have the host's address yet: it
	// may come later, by DHCP or after IPv6's duplicate address detection. Otherwise a missing
	// address is an error.
	AwaitAddress bool
	// Cancel, when it is closed, makes Start return early with an error that matches
	// ErrCancelled. It does not interrupt a system call that hangs, and has no effect once the
	// host has started.
	Cancel <-chan struct{}
}

// ErrCancelled means that Options.Cancel was closed before the host had started.
var ErrCancelled = journal.ErrCancelled

// Host is a running host. It is safe for concurrent use, but Stop must be called once only.
type Host struct {
	node        *actors.Node
	journal     *journal.Writer
	root        *actor.PID
	recovery    *journal.Recovery
	guardian    *guardian
	restarts    *restarts
	deadLetters *deadLetters
	done        chan struct{} // closed when the tree has stopped
}

// Start starts a host, and returns when the host takes messages. If it returns an error, nothing is
// left running. The error names the port, directory or file that is at fault. The caller stops the
// Host with Stop, even if it fails.
func Start(opts Options) (*Host, error) {
	opts.setDefaults()
	if opts.Ring.TLS.Mode != config.TLSOff && opts.Trust == nil {
		return nil, errors.New("tls.mode is not off, and there are no certificates")
	}
	plan, err := opts.plan()
	if err != nil {
		return nil, err
	}
	self := opts.Ring.Hosts[opts.Self]
	log, dir := opts.Log.WithField("host", self.Name), opts.Ring.LogDir(self.Name)
	w, recovery, err := journal.Open(journal.Config{
		FS:           opts.Seams.FS,
		Dir:          dir,
		Now:          opts.Seams.Now,
		SegmentBytes: opts.Ring.Log.SegmentBytes,
		SegmentAge:   opts.Ring.Log.SegmentAge,
		RetainBytes:  opts.Ring.RetainSegments(),
		RetainAge:    opts.Ring.Log.RetainAge,
		Alone:        len(opts.Ring.Hosts) == 1,
		Sync:         opts.Ring.Log.Fsync == config.FsyncAlways,
		Lazy:         opts.Ring.Log.Fsync == config.FsyncNever,
		Cancel:       opts.Cancel,
	})
	if err != nil {
		return nil, err
	}
	opened := ports{listen: opts.Seams.Listen, log: log, awaitAddress: opts.AwaitAddress, cancel: opts.Cancel}
	peers := opened.open(netip.AddrPortFrom(self.Address, opts.Ring.Ports.Peer))
	clients := opened.open(append([]netip.AddrPort{netip.AddrPortFrom(self.Address, opts.ClientPort)}, opts.ExtraClients...)...)
	if opened.err != nil {
		return nil, errors.Join(opened.err, opened.close(), w.Close())
	}
	node := actors.NewNode(actors.Config{
		Seams: opts.Seams, Log: log, Ring: opts.Ring, Self: opts.Self, Plan: plan, Trust: opts.Trust,
		Journal: w.Journal, Durable: recovery.Marks,
		Descriptors: opts.Descriptors, Memory: opts.Memory, Clients: opts.Clients,
	})
	actors.LogRecovery(log, recovery)
	node.LogLimits()
	h := &Host{node: node, journal: w, recovery: recovery, guardian: newGuardian(), done: make(chan struct{})}
	h.restarts, h.deadLetters = newRestarts(node), watchDeadLetters(node)
	h.spawn(dir, peers, clients)
	return h, nil
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		o.Log = silent
	}
	if o.ClientPort == 0 {
		o.ClientPort = o.Ring.Ports.Client
	}
	s := &o.Seams
	if s.Dial == nil {
		s.Dial = DialTCP
	}
	if s.Listen == nil {
		s.Listen = ListenTCP
	}
	if s.FS == nil {
		s.FS = disk.OS{}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Mailbox == nil {
		s.Mailbox = actor.Unbounded()
	}
}

// DialTCP is the default of actors.Seams.Dial. It dials over TCP, from the given address and any
// port.
func DialTCP(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return d.DialContext(ctx, "tcp", to.String())
}

// ListenTCP is the default of actors.Seams.Listen.
func ListenTCP(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", at.String()) }

// plan returns who forwards to whom in the ring.
func (o *Options) plan() (ring.Plan, error) {
	scheme, err := ring.ParseScheme(string(o.Ring.Wrapping))
	if err != nil {
		return ring.Plan{}, err
	}
	return ring.New(len(o.Ring.Hosts), scheme)
}

// spawn starts the tree, and returns when all its actors have started.
func (h *Host) spawn(dir string, peers, clients []net.Listener) {
	dispensable := &dispensablePolicy{node: h.node, restarts: h.restarts}
	ready := make(chan struct{})
	children := []child{
		{actors.ErrorLogName, actors.NewErrorLog(h.node, dir)},
		{actors.AccessLogName, actors.NewAccessLog(h.node, h.journal)},
		{actors.ScrubName, actors.NewScrub(h.node)},
		// Before the router, which sends to it as soon as it starts.
		{actors.KeepAliveName, actors.NewKeepAlive(h.node)},
		{actors.RouterName, actors.NewRouter(h.node)},
		{actors.SurveyName, actors.NewSurvey(h.node)},
		{actors.FollowersName, actors.NewFollowers(h.node)},
		{actors.ConnsName, actors.NewConns(h.node, &stopPolicy{node: h.node})},
		{actors.LinksName, actors.NewLinks(h.node, actor.WithSupervisor(dispensable))},
		{actors.ListenersName, actors.NewListeners(h.node, peers, clients, actor.WithSupervisor(escalatePolicy{}))},
	}
	props := h.node.Props(
		func(func() bool) actor.Actor {
			return &root{node: h.node, children: children, ready: ready, done: h.done}
		},
		actor.WithSupervisor(&rootPolicy{vital: &vitalPolicy{node: h.node, restarts: h.restarts}, dispensable: dispensable}),
		actor.WithGuardian(h.guardian),
	)
	// The name is not taken, as the system is new.
	h.root, _ = h.node.System.Root.SpawnNamed(props, actors.RootName)
	select {
	case <-ready:
	case <-h.guardian.failed:
	}
}

// Name returns the name of the host.
func (h *Host) Name() string { return h.node.Name() }

// Recovery returns what the host found in its log when it started.
func (h *Host) Recovery() *journal.Recovery { return h.recovery }

// Counts returns the counters of the host, which count from its start.
func (h *Host) Counts() *actors.Counts { return &h.node.Counts }

// Present returns the mark of the host's present run, up to the last message in its log.
func (h *Host) Present() marks.Mark { return h.node.Present() }

// Ready returns nil if the host takes messages, and otherwise why it does not.
func (h *Host) Ready() error { return h.node.Ready() }

// Failed is closed when the host has failed and does not recover. Err then says why. The host must
// still be stopped.
func (h *Host) Failed() <-chan struct{} { return h.guardian.failed }

// Err returns why the host has failed. It may be called once Failed is closed.
func (h *Host) Err() error { return h.guardian.err }

// Reopen makes both logs open their files again, after logrotate has renamed them.
func (h *Host) Reopen() {
	h.node.System.Root.Send(h.node.AccessLog(), &messages.Reopen{})
	h.node.System.Root.Send(h.node.ErrorLog(), &messages.Reopen{})
}

// Reload replaces the ring file, and the certificates that it names (see Options.Trust). Times,
// limits, what is kept, and who is trusted take effect at once: connections that would not pass
// any more are closed. Everything else must be the same as at Start.
func (h *Host) Reload(r *config.Ring, t *trust.Trust) {
	changed := r.Limits != h.node.Ring().Limits
	h.node.SetRing(r, t)
	h.Recheck()
	if changed {
		h.node.LogLimits()
	}
	// The alarm may be set for a time of the old file.
	h.node.System.Root.Send(h.node.KeepAlive(), &messages.MarksChanged{})
}

// Recheck closes the connections that would not pass any more, as a certificate has expired.
func (h *Host) Recheck() {
	for _, parent := range h.node.ParentsOfConnections() {
		h.node.System.Root.Send(parent, &messages.TrustChanged{})
	}
}

// Stop stops the host: it takes no more messages, logs and answers what it has taken, sends that to
// its peers, and closes its logs. What is not done within the given time is abandoned. Stop returns
// at most twice lastWait later, even if a disk hangs. Then it returns an error, and the log
// directory may be locked until the process ends.
func (h *Host) Stop(within time.Duration) error {
	defer func() { h.restarts.stop(); h.deadLetters.stop(); h.node.End() }()
	system := h.node.System
	system.Root.Send(h.root, &messages.Drain{})
	select {
	case <-h.done:
	case <-h.guardian.failed:
		system.Root.Stop(h.root)
	case <-time.After(within):
		system.Root.Stop(h.root)
	}
	select {
	case <-h.done:
	case <-time.After(lastWait):
		// The journal is not closed: an actor may still use it.
		system.Shutdown()
		return errors.New("some actors did not stop")
	}
	system.Shutdown()
	closed := make(chan error, 1)
	go func() { closed <- h.journal.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(lastWait):
		return errors.New("the log could not be closed: its disk hangs")
	}
}

// lastWait is how long actors may take to stop at once. The last write to a peer that does not read
// takes a second.
const lastWait = 2 * time.Second
