// Package supervisor starts the actors of one host as a tree, restarts those
// that fail, and stops them in order.
//
//	host, err := supervisor.Start(supervisor.Options{Ring: ring, Self: 0})
//	...
//	err = host.Stop(10 * time.Second)
//
// The tree is that of DESIGN 8:
//
//	zog                     root.go: starts, and stops stage by stage
//	  accesslog router keepalive
//	                        restarted with backoff (policy.go); one that fails
//	                        again and again fails the host
//	  errorlog scrub survey restarted with backoff, for ever
//	  listeners             stopped first; a failure fails the host
//	  conns/conn-N          a failure stops the connection
//	  links/+N              restarted with backoff, for ever
package supervisor

import (
	"context"
	"errors"
	"io"
	"log/slog"
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
	"xlattice.org/zog/messages"
)

// Options say which host to start, and where.
type Options struct {
	// Ring is the ring file; it must be valid. Self is the host's index in it.
	Ring *config.Ring
	Self int
	// ExtraClients are more addresses, beside the host's own, on which
	// clients are served.
	ExtraClients []netip.AddrPort
	// ClientPort is where clients are served on the host's own address instead
	// of on the ring's port for them, unless it is 0. The ring file stays what
	// it is on all hosts.
	ClientPort uint16
	// Seams replace parts of the world; what is nil is as it is.
	Seams actors.Seams
	// Log takes the host's diagnostics; nil drops them.
	Log logrus.FieldLogger
	// Descriptors is how many files and connections the host may have open, which bounds
	// how many clients may be connected; 0 is any number.
	Descriptors int
	// Memory is how many bytes of memory the host may take, which bounds how much is held
	// for clients; 0 is any number.
	Memory int64
	// AwaitAddress says that an address which this machine does not have is waited
	// for, as it may come later: by DHCP, or at the end of IPv6's duplicate address
	// detection. Otherwise it is an error.
	AwaitAddress bool
	// Cancel ends Start early once it is closed, with an error that wraps
	// ErrCancelled. A call to the operating system that hangs is not interrupted. nil
	// is never. A host that has started is not affected.
	Cancel <-chan struct{}
}

// ErrCancelled says that Start was ended early.
var ErrCancelled = journal.ErrCancelled

// Host is a running host.
type Host struct {
	node     *actors.Node
	journal  *journal.Writer
	root     *actor.PID
	recovery *journal.Recovery
	guardian *guardian
	restarts *restarts
	dead     *deadLetters
	done     chan struct{} // closed when the root has stopped
}

// Start starts a host. It returns when the host takes messages. An error names
// what stood in the way, a port, a directory or a file; nothing is left
// running then.
func Start(opts Options) (*Host, error) {
	opts.complete()
	node, err := newNode(&opts)
	if err != nil {
		return nil, err
	}
	listen := listening{node: node, patient: opts.AwaitAddress, cancel: opts.Cancel}
	dir := opts.Ring.LogDir(node.Name())
	w, recovery, err := journal.Open(journal.Config{
		FS:           node.FS,
		Dir:          dir,
		Now:          node.Now,
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
	at := opts.Ring.Hosts[opts.Self].Address
	peers := listen.on(netip.AddrPortFrom(at, opts.Ring.Ports.Peer))
	clients := listen.on(append([]netip.AddrPort{netip.AddrPortFrom(at, opts.ClientPort)}, opts.ExtraClients...)...)
	if listen.err != nil {
		return nil, errors.Join(listen.err, listen.close(), w.Close())
	}
	node.Journal, node.Ledger = w.Journal, marks.NewLedger(len(opts.Ring.Hosts), opts.Self, recovery.Marks)
	node.Ledger.Limit(opts.Ring.Limits.Runs)
	node.SayRecovered(recovery)
	node.SayLimits()
	h := &Host{node: node, journal: w, recovery: recovery, guardian: newGuardian(), done: make(chan struct{})}
	h.restarts, h.dead = newRestarts(node), watchDeadLetters(node)
	h.spawn(dir, peers, clients)
	return h, nil
}

func (o *Options) complete() {
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

// DialTCP is the Dial of actors.Seams unless there is another: over TCP, from one of
// our addresses and any port.
func DialTCP(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return d.DialContext(ctx, "tcp", to.String())
}

// ListenTCP is the Listen of actors.Seams unless there is another.
func ListenTCP(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", at.String()) }

func newNode(o *Options) (*actors.Node, error) {
	scheme, err := ring.ParseScheme(string(o.Ring.Wrapping))
	if err != nil {
		return nil, err
	}
	plan, err := ring.New(len(o.Ring.Hosts), scheme)
	if err != nil {
		return nil, err
	}
	// protoactor's own log is dropped: its dead letters show what messages
	// hold, and failures are logged by the policy.
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	node := &actors.Node{
		Seams:  o.Seams,
		System: actor.NewActorSystem(actor.WithLoggerFactory(quiet)),
		Log:    o.Log.WithField("host", o.Ring.Hosts[o.Self].Name),
		Self:   o.Self,
		Plan:   plan,

		Descriptors: o.Descriptors,
		Memory:      o.Memory,
	}
	node.SetRing(o.Ring)
	return node, nil
}

// spawn starts the tree, and returns when it stands.
func (h *Host) spawn(dir string, peers, clients []net.Listener) {
	dispensable := &dispensablePolicy{node: h.node, restarts: h.restarts}
	ready := make(chan struct{})
	children := []child{
		{actors.ErrorLogName, actors.NewErrorLog(h.node, dir)},
		{actors.AccessLogName, actors.NewAccessLog(h.node, h.journal)},
		{actors.ScrubName, actors.NewScrub(h.node)},
		// Before the router, which speaks to it as soon as it starts.
		{actors.KeepAliveName, actors.NewKeepAlive(h.node)},
		{actors.RouterName, actors.NewRouter(h.node)},
		{actors.SurveyName, actors.NewSurvey(h.node)},
		{actors.ConnsName, actors.NewConns(h.node, actor.WithSupervisor(&stopPolicy{node: h.node}))},
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
	// The name is free: the system is new.
	h.root, _ = h.node.System.Root.SpawnNamed(props, actors.RootName)
	select {
	case <-ready:
	case <-h.guardian.failed:
	}
}

// Name returns the host's name.
func (h *Host) Name() string { return h.node.Name() }

// Recovery tells what the host found in its log when it started.
func (h *Host) Recovery() *journal.Recovery { return h.recovery }

// Counts are what the host has done since it started.
func (h *Host) Counts() *actors.Counts { return &h.node.Counts }

// Present returns the host's present run, with the last message of it that is in its log.
func (h *Host) Present() marks.Mark { return h.node.Ledger.Present() }

// Ready returns nil while the host takes messages, and else why it does not.
func (h *Host) Ready() error { return h.node.Storage() }

// Failed is closed when the host has failed for good; Err then says why. It
// must still be stopped.
func (h *Host) Failed() <-chan struct{} { return h.guardian.failed }

// Err returns why the host has failed, once Failed is closed.
func (h *Host) Err() error { return h.guardian.err }

// Reopen lets both logs look for their files again, after logrotate has
// renamed them.
func (h *Host) Reopen() {
	h.node.System.Root.Send(h.node.AccessLog(), &messages.Reopen{})
	h.node.System.Root.Send(h.node.ErrorLog(), &messages.Reopen{})
}

// Reload puts another ring file in force. Times take effect at once; all else
// was settled by Start, so it must be as it was then.
func (h *Host) Reload(r *config.Ring) {
	changed := r.Limits != h.node.Ring().Limits
	h.node.SetRing(r)
	h.node.Ledger.Limit(r.Limits.Runs)
	if changed {
		h.node.SayLimits()
	}
	// Whoever sleeps until something of the old file is due looks again.
	h.node.System.Root.Send(h.node.KeepAlive(), &messages.Unsettled{})
}

// Stop stops the host: it takes no more, logs and answers what it has taken,
// sends that to its peers, and closes its logs. What is not done after the
// time given is left undone. It returns at most twice lastWait after that time, also
// if a disk hangs; then the error says so, and the log may be locked until the
// process ends.
func (h *Host) Stop(within time.Duration) error {
	defer func() { h.restarts.end(); h.dead.end(); h.node.End() }()
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
		// The journal is left to the actor that may still be at it.
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

// lastWait is how long actors may take to stop once they have been told to do
// so at once: a last write to a peer that does not read takes a second.
const lastWait = 2 * time.Second
