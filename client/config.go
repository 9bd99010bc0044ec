package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"time"
)

// Order says which host the next message goes to.
type Order int

// The orders.
const (
	Random     Order = iota // any host, each time anew
	RoundRobin              // one after the other, as they are listed
	Specific                // the only one listed
)

func (o Order) String() string {
	switch o {
	case Random:
		return "random"
	case RoundRobin:
		return "round-robin"
	case Specific:
		return "specific"
	}
	return fmt.Sprintf("Order(%d)", int(o))
}

// What a Config that leaves them out gets.
const (
	DefaultTimeout      = 5 * time.Second
	DefaultKeepAlive    = 60 * time.Second
	DefaultSilence      = 2 * time.Second
	DefaultRetryInitial = 500 * time.Millisecond
	DefaultRetryMax     = 30 * time.Second

	// DefaultWindow lets one connection carry 4 million messages a second when
	// an answer takes 4 ms, which is a sync of a slow disk, and holds at most
	// 8 MiB of texts. A window bounds the rate to its size over the time to an
	// answer; and so many messages may be unacknowledged when a host dies.
	DefaultWindow = 16 << 10
)

// ResendWithin is the time after which a message is not sent again any more.
// Hosts remember for ten minutes what they have taken.
const ResendWithin = 5 * time.Minute

// Config says which hosts to talk to and how. Only Hosts must be given; what
// is zero gets its default. Dial and New copy it.
type Config struct {
	Hosts []string // "address:port" of the client port of each host
	Order Order    // Random unless said otherwise

	// MinCopies is how many hosts must hold a message before it is answered;
	// 0 means 1. Hosts that have fewer by the time answer with those they have.
	MinCopies int

	// Timeout bounds one Send from first to last, and Dial. A context with a later
	// deadline does not make it longer. In SendAll it bounds each search for a host
	// that can be reached, and for how long what was lost or refused is sent again
	// while no host takes anything. A host is told nine tenths of it, or
	// of what is left of it, as the time to wait for copies, so that its answer,
	// short of copies or not, comes in time.
	Timeout time.Duration

	// NoResend has a message whose connection is lost counted as
	// ErrUnacknowledged, and not sent again: it is not in the logs twice. What a
	// host refused goes to another also then.
	NoResend bool

	// Window is how many messages may be unanswered on a connection, and how
	// many one SendAll holds in memory.
	Window int

	// KeepAlive is after how long an idle connection says something, which the
	// host must answer. It is below 300 s, which is the longest that a host bears.
	KeepAlive time.Duration

	// Silence is for how long a host that owes an answer may say nothing at all.
	// After half of it the host is asked. Then the connection is lost, and what is
	// unanswered goes to another host. It is at least a second, as hosts at work
	// give a sign of life every half second. Callers who have little time left wait
	// less for a silent host: see the package comment.
	Silence time.Duration

	// Retry is how long a host rests that could not be reached or was lost: others
	// are tried before it. When none is left they are dialled every second, or every
	// Retry.Initial if that is longer.
	Retry Retry

	// Dial opens connections, by default like net.Dialer. Tests put a network of
	// their own here. A connection must keep to the deadlines of net.Conn.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Waiting, if it is set, is called when a search for a host has gone on for a
	// second in vain, once a search, with ErrNoHost and what the hosts said so far.
	// Callers at once have searches of their own. It must not block.
	Waiting func(error)

	// Rand chooses among the hosts when Order is Random, so that tests can know
	// the choice. The client calls it from one goroutine at a time.
	Rand rand.Source
}

// Retry is a backoff, exponential and jittered.
type Retry struct {
	Initial time.Duration // about the first wait
	Max     time.Duration // no wait is longer
}

// serverWait is what the server is told to wait for copies, in milliseconds, by
// somebody who waits for its answer so long.
func serverWait(patience time.Duration) uint32 {
	return uint32(max(1, (patience - patience/10).Milliseconds()))
}

// complete returns c with its defaults filled in, or what is wrong with it.
func (c Config) complete() (Config, error) {
	c.Hosts = slices.Clone(c.Hosts)
	orElse(&c.Timeout, DefaultTimeout)
	orElse(&c.Window, DefaultWindow)
	orElse(&c.KeepAlive, DefaultKeepAlive)
	orElse(&c.Silence, DefaultSilence)
	orElse(&c.Retry.Initial, DefaultRetryInitial)
	orElse(&c.Retry.Max, DefaultRetryMax)
	orElse(&c.MinCopies, 1)
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Rand == nil {
		c.Rand = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
	return c, c.check()
}

func orElse[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

const (
	// maxTimeout keeps the server's wait within the 32 bits it has on the wire.
	maxTimeout = 24 * time.Hour

	// maxKeepAlive is the longest that a host lets a client be silent.
	maxKeepAlive = 300 * time.Second

	// minSilence is twice the time from one sign of life of a host to the next.
	minSilence = time.Second
)

func (c *Config) check() error {
	switch {
	case len(c.Hosts) == 0:
		return errors.New("client: no hosts are given")
	case c.Order < Random || c.Order > Specific:
		return fmt.Errorf("client: there is no %v", c.Order)
	case c.Order == Specific && len(c.Hosts) != 1:
		return fmt.Errorf("client: the specific order wants one host, not %d", len(c.Hosts))
	case c.MinCopies < 0 || c.MinCopies > 1<<16:
		return fmt.Errorf("client: %d copies cannot be asked for", c.MinCopies)
	case c.Timeout < time.Millisecond || c.Timeout > maxTimeout:
		return fmt.Errorf("client: a timeout of %v is not between 1ms and %v", c.Timeout, maxTimeout)
	case c.Window < 1 || c.Window > 1<<24:
		return fmt.Errorf("client: a window of %d is not between 1 and %d", c.Window, 1<<24)
	case c.KeepAlive < 0 || c.KeepAlive >= maxKeepAlive:
		return fmt.Errorf("client: a keep-alive every %v is not between 0 and %v", c.KeepAlive, maxKeepAlive)
	case c.Silence < minSilence:
		return fmt.Errorf("client: a silence of %v is too short: at least %v", c.Silence, minSilence)
	case c.Retry.Initial < 0 || c.Retry.Initial > c.Retry.Max:
		return fmt.Errorf("client: a first wait of %v lies above the longest of %v", c.Retry.Initial, c.Retry.Max)
	}
	return nil
}
