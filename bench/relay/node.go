package relay

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/internal/ring"
)

// config is what a node is told.
type config struct {
	Self, Hosts int
	Ports       []int // for data, and for what hosts tell host 0
	Log         string
	Copies      int
	Sync        bool
}

// node is one host at work. It has one goroutine.
type node struct {
	config
	wrapping byte    // with which messages come here
	children []child // whom they go to
	log      int     // the file
	listener int
	epoll    int
	sources  map[int]*source // by descriptor
	events   []unix.EpollEvent
	in       []byte // a batch of whole frames, as they go on
	used     int    // of in
	lines    *lines
	ledger   *ledger // of host 0, else nil
	origin   int     // connection to host 0, for what is held here; or -1
	held     uint64
}

// child is a connection down the tree.
type child struct {
	fd       int
	wrapping byte
}

// batchBytes is how much is read before it is passed on.
const batchBytes = 256 << 10

func init() { peer.Node("relay", runNode) }

// runNode is a node's whole life. It ends with an error or by a signal, whose usual
// way is right: nothing is to be saved.
func runNode(ctx context.Context, c config) error {
	n := &node{
		config: c, sources: map[int]*source{}, events: make([]unix.EpollEvent, 128),
		in: make([]byte, batchBytes), lines: newLines(), origin: -1,
	}
	if err := n.open(ctx); err != nil {
		return err
	}
	peer.Ready()
	ended := make(chan error, 1)
	go func() { ended <- n.loop() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// open makes the files and connections.
func (n *node) open(ctx context.Context) (err error) {
	n.log, err = unix.Open(n.Log, unix.O_CREAT|unix.O_WRONLY|unix.O_APPEND|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	if n.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", peer.At(n.Self, n.Ports[0]))
	if err != nil {
		return err
	}
	if n.listener, err = take(listener.(*net.TCPListener)); err != nil {
		return err
	}
	if err := n.watch(n.listener); err != nil {
		return err
	}
	if err := n.dialChildren(ctx); err != nil {
		return err
	}
	return n.openCounts(ctx)
}

// dialChildren connects to the hosts below this one.
func (n *node) dialChildren(ctx context.Context) error {
	plan, err := ring.New(n.Hosts, ring.Uniform)
	if err != nil {
		return err
	}
	n.wrapping = byte(plan.Wrapping(0, n.Self))
	for _, s := range plan.Sends(nil, 0, n.Self, uint32(n.wrapping), ring.All(n.Hosts)) {
		fd, err := dial(ctx, peer.At(s.To, n.Ports[0]))
		if err != nil {
			return err
		}
		n.children = append(n.children, child{fd, byte(s.Wrapping)})
	}
	return nil
}

// openCounts opens the connections by which hosts tell host 0 what they have.
func (n *node) openCounts(ctx context.Context) (err error) {
	switch {
	case n.Self > 0 && n.Copies > 1:
		n.origin, err = dial(ctx, peer.At(0, n.Ports[1]))
		return err
	case n.Self > 0:
		return nil
	}
	n.ledger = newLedger(n.Copies)
	if n.Copies == 1 {
		return nil
	}
	l, err := net.Listen("tcp", peer.At(0, n.Ports[1]))
	if err != nil {
		return err
	}
	defer l.Close()
	for range n.Hosts - 1 {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		fd, err := take(conn.(*net.TCPConn))
		if err != nil {
			return err
		}
		if err := n.watch(fd); err != nil {
			return err
		}
		n.sources[fd] = &source{fd: fd, holder: n.ledger.join()}
	}
	return nil
}

// dial connects to a host that may not be there yet.
func dial(ctx context.Context, at string) (int, error) {
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
		if err == nil {
			return take(conn.(*net.TCPConn))
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s is not there: %w", at, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// take returns the descriptor of a connection or listener, away from the runtime's
// own poller and in blocking mode.
func take(from interface {
	File() (*os.File, error)
	Close() error
}) (int, error) {
	defer from.Close() // the duplicate stays
	file, err := from.File()
	if err != nil {
		return 0, err
	}
	defer file.Close()
	fd, err := unix.Dup(int(file.Fd()))
	if err != nil {
		return 0, err
	}
	return fd, unix.SetNonblock(fd, false)
}

func (n *node) watch(fd int) error {
	return unix.EpollCtl(n.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}
