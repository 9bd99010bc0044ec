package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"time"
)

// Order says which host the client uses next. Send chooses a host for each message.
// SendAll chooses one for each connection that it needs, so all its texts go to one host
// as long as that lasts.
type Order int

// The orders.
const (
	Random     Order = iota // a random host
	RoundRobin              // the hosts in turn, as Config.Hosts lists them
	Specific                // the only host; Config.Hosts has one entry
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

// The defaults of Config.
const (
	DefaultTimeout      = 5 * time.Second
	DefaultKeepAlive    = 60 * time.Second
	DefaultSilence      = 2 * time.Second
	DefaultRetryInitial = 500 * time.Millisecond
	DefaultRetryMax     = 30 * time.Second

	// DefaultWindow is enough for 4 million messages a second on a connection whose
	// answers take 4 ms, the sync of a slow disk, and holds at most 8 MiB of texts. The
	// rate of a connection is at most its window divided by the time to an answer, and
	// up to a window of messages can be unacknowledged when a host dies.
	DefaultWindow = 16 << 10
)

// ResendWithin is how long after its first sending a message may be sent again. Hosts
// remember the names of messages for ten minutes.
const ResendWithin = 5 * time.Minute

// Config is the configuration of a Client. Hosts is required; a field with the zero value
// gets its default. Dial and New copy the Config, with Hosts.
type Config struct {
	// Hosts has the address of the client port of each host, as "host:port".
	Hosts []string

	// Order says which host is used next. The default is Random.
	Order Order

	// MinCopies is how many hosts must hold a message durably before it is answered. The
	// default is 1. If fewer hold it when the time is up, the host answers with the
	// copies made so far, and the error is a CopiesError.
	MinCopies int

	// Timeout limits a Send as a whole, and Dial. The default is DefaultTimeout. A context
	// with an earlier deadline shortens it; a later one does not extend it. In SendAll it
	// limits each search for a host, and the time of each text from when it is drawn until
	// its outcome, which comes a thirty-second of Timeout late, or rarely a sixteenth, and
	// never more than 1 s. That time begins anew each time that a host accepts a text, as
	// the others are answered after it. A host is asked to wait for copies for nine tenths
	// of the time that is left, so that its answer arrives in time.
	Timeout time.Duration

	// NoResend stops the client from sending a message again after its connection was
	// lost: the message counts as ErrUnacknowledged, and is in the logs at most once. A
	// refused message was not taken, so it is still sent to another host.
	NoResend bool

	// Window is how many messages may be unanswered on a connection, and how many texts
	// one SendAll holds in memory. The default is DefaultWindow.
	Window int

	// KeepAlive is the interval of keep-alives on an idle connection. The default is
	// DefaultKeepAlive. It must be below 300 s: a host closes a connection that is silent
	// for that long.
	KeepAlive time.Duration

	// Silence is how long a host that owes an answer may send nothing at all. The default
	// is DefaultSilence, the minimum is 1 s. After half of it the client sends a
	// keep-alive, which a working host answers within half a second. After all of it the
	// connection is lost, and the unanswered messages go to another host. A call with
	// little time left waits less (see the package comment).
	Silence time.Duration

	// Retry is the backoff of a host that could not be reached or whose connection was
	// lost: other hosts are tried before it. When no host is connected, the hosts are
	// dialled every second, or every Retry.Initial if that is longer.
	Retry Retry

	// Dial opens a connection. The default is that of net.Dialer. The network is always
	// "tcp". The connection must implement the deadlines of net.Conn; the client closes
	// it. Dial is called from several goroutines, at most once at a time for each host.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// TLS, if not nil, protects the connections: see LoadTLS. It is used as it is, so that it
	// must verify the host, and offer the protocol zog-client/1. Nil is plain text.
	TLS *tls.Config

	// TLSFor, if not nil, is called for each dial instead of TLS, with the address that is dialled,
	// one of Hosts. So the host at an address must be the one that is expected there: see
	// LoadTLSFor. It must be safe for concurrent use. A nil result is plain text.
	TLSFor func(address string) *tls.Config

	// Logger gets a line for what the hooks below are told of. The default is none. It must not
	// write to this client.
	Logger *slog.Logger

	// The hooks, each nil by default, are called while the client works: from any goroutine, and
	// from several at once. They must not block, and must not use the client.

	// OnHostLost is called when the connection to a host is lost, unless the client was closed.
	// The messages on it that are not answered may be sent again.
	OnHostLost func(host string, reason error)

	// OnResend is called when messages are sent again that may be kept already, with the host
	// that they go to now and their number.
	OnResend func(host string, messages int)

	// OnWaiting is called once for each search for a host that has lasted a second without
	// success. The error matches ErrNoHost and contains the failures so far. Concurrent calls
	// search independently.
	OnWaiting func(error)

	// Until, if not nil, ends the searches for a host when it ends: a call of which no host
	// has a message returns an error that matches that of Until and its cause. A message that
	// was sent goes on. So a program that is told to stop need not wait where nothing is
	// to be waited for.
	Until context.Context

	// Rand is the source of the Random order. The default is seeded randomly. The client
	// never uses it from two goroutines at once; nothing else may use it.
	Rand rand.Source
}

// Retry is an exponential backoff with jitter: each wait is about twice the one before.
type Retry struct {
	Initial time.Duration // the first wait, on average; 0 is DefaultRetryInitial
	Max     time.Duration // the longest wait; 0 is DefaultRetryMax
}

// askedCopies returns what a Data asks for if so many hosts are to hold the message.
func askedCopies(n int) uint32 {
	if n == 1 { // as the host has it then in any case
		return 0
	}
	return uint32(n)
}

// copiesTimeout returns how long a host is asked to wait for copies, in milliseconds, if
// the caller waits this long for its answer.
func copiesTimeout(wait time.Duration) uint32 {
	return uint32(max(1, (wait - wait/10).Milliseconds()))
}

// withDefaults returns c with its defaults, and an error if the result is invalid.
func (c Config) withDefaults() (Config, error) {
	c.Hosts = slices.Clone(c.Hosts)
	setDefault(&c.Timeout, DefaultTimeout)
	setDefault(&c.Window, DefaultWindow)
	setDefault(&c.KeepAlive, DefaultKeepAlive)
	setDefault(&c.Silence, DefaultSilence)
	setDefault(&c.Retry.Initial, DefaultRetryInitial)
	setDefault(&c.Retry.Max, DefaultRetryMax)
	setDefault(&c.MinCopies, 1)
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Rand == nil {
		c.Rand = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
	return c, c.validate()
}

func setDefault[T comparable](value *T, def T) {
	var zero T
	if *value == zero {
		*value = def
	}
}

const (
	maxCopies = 1 << 16

	// maxTimeout is so short that copiesTimeout fits into 32 bits of milliseconds.
	maxTimeout = 24 * time.Hour

	// maxKeepAlive is how long a host lets a client be silent.
	maxKeepAlive = 300 * time.Second

	// minSilence is twice the interval of a host's signs of life.
	minSilence = time.Second
)

func (c *Config) validate() error {
	switch {
	case len(c.Hosts) == 0:
		return errors.New("client: Hosts is empty")
	case c.Order < Random || c.Order > Specific:
		return fmt.Errorf("client: unknown Order: %v", c.Order)
	case c.Order == Specific && len(c.Hosts) != 1:
		return fmt.Errorf("client: Order is Specific, which needs one host, not %d", len(c.Hosts))
	case c.MinCopies < 0 || c.MinCopies > maxCopies:
		return fmt.Errorf("client: MinCopies is %d, not between 0 and %d", c.MinCopies, maxCopies)
	case c.Timeout < time.Millisecond || c.Timeout > maxTimeout:
		return fmt.Errorf("client: Timeout is %v, not between 1ms and %v", c.Timeout, maxTimeout)
	case c.Window < 1 || c.Window > 1<<24:
		return fmt.Errorf("client: Window is %d, not between 1 and %d", c.Window, 1<<24)
	case c.KeepAlive < 0 || c.KeepAlive >= maxKeepAlive:
		return fmt.Errorf("client: KeepAlive is %v, not between 0 and %v", c.KeepAlive, maxKeepAlive)
	case c.Silence < minSilence:
		return fmt.Errorf("client: Silence is %v, less than %v", c.Silence, minSilence)
	case c.Retry.Initial < 0 || c.Retry.Initial > c.Retry.Max:
		return fmt.Errorf("client: Retry.Initial is %v, not between 0 and Retry.Max, %v", c.Retry.Initial, c.Retry.Max)
	}
	return nil
}
