// Package system says what the benchmark compares: programs of several processes
// that take short texts from clients and bring each to a log file on every host.
//
// Each system is a package beside this one, and registers itself here:
//
//	func init() { system.Register(relay{}) }
//
// The benchmark's own binary plays the parts that are not somebody else's program:
// it calls itself again as a node (package peer) or as a client, so that every part
// is a process whose processor time and memory can be told.
//
// A run is: [System.Start]; in the client's process, [System.Dial] for each client;
// a few messages to warm up; the messages that are measured; a look at every line
// of every log; [Cluster.Stop].
package system

import (
	"context"
	"iter"
	"time"
)

// Work is what a run has to do.
type Work struct {
	Hosts    int           // on 127.0.55.1, 127.0.55.2 ...
	Messages int           // that are counted, after those that warm up
	Text     int           // bytes of each text, CRLF included
	Clients  int           // connections that send; they share the messages evenly
	Window   int           // messages that one client may have under way; 0 is as many as the system's own client would
	Copies   int           // hosts that must hold a message before it counts as acknowledged
	Sync     bool          // held means synced to the disk
	Rate     float64       // messages a second, by the clock, whatever the answers do; 0 is as fast as it goes
	Limit    time.Duration // after which the run has failed
}

// System is one program that is compared.
type System interface {
	// Name is how tables call it.
	Name() string
	// Missing says what this machine lacks to run it, or nil.
	Missing() error
	// Start starts the hosts, with all that they keep in dir, and returns when they
	// are connected with each other and take messages. It dials 127.0.0.0/8 only.
	// What is in the logs when it returns does not count.
	Start(ctx context.Context, dir string, w Work) (Cluster, error)
	// Dial is called in the client's process. at is the Cluster's Address.
	Dial(ctx context.Context, at string, w Work) (Client, error)
}

// Cluster is a System that runs.
type Cluster interface {
	// Address is what Dial is to be told, of the given client, from 0 on.
	Address(client int) string
	// Processes are the daemons', by host.
	Processes() [][]int
	// Logs are the files of a host's log, oldest first, as they are now. A system
	// that writes none returns nil: then a run is over when the clients' messages
	// are acknowledged, and nothing else is looked at.
	Logs(host int) []string
	// LineBytes returns how many bytes the lines of messages first to last (counted
	// from 1, over all clients, warm-up included) take in each host's log. It is
	// called while messages are under way, for the same range again and again,
	// and returns a negative number as long as it cannot know.
	LineBytes(first, last int) int64
	// Stop ends the processes, and waits for them.
	Stop() error
}

// Windowed is a Cluster whose hosts keep the newest messages in memory, for those that
// follow, and read the log for a host that needs what is no longer there.
type Windowed interface {
	Cluster
	// OutOfWindow tells how often its hosts have said that another one was out of their
	// window, since they were started. One fall may be said in two lines.
	OutOfWindow() int
}

// Client sends for one connection. A message counts as sent when it was handed to
// the system's client library, and as acknowledged as Work asks for. One goroutine
// uses it.
type Client interface {
	// Send hands over one text, without CRLF, and calls acked once it is
	// acknowledged (where the system acknowledges nothing: once it is handed over),
	// from any goroutine, in the order of sending. acked may be nil. Send waits while
	// the window is full, and with a window of 1 until the message is acknowledged.
	// Nobody writes to text any more. Send lets it go at once where Work has a Rate;
	// else it may wait for more, until Flush.
	Send(text []byte, acked func(error)) error
	// Flush returns when all that was sent is acknowledged. An error of a message
	// that nobody was told is its error.
	Flush(ctx context.Context) error
	Close() error
}

// Streamer is a Client that has a better way for many texts than one Send each: it
// draws them itself. It is used instead of Send and Flush where Window is not 1.
type Streamer interface {
	Client
	// Stream sends all texts, without CRLF, and returns when all are acknowledged.
	// It calls acked for each, in their order, from any goroutine; acked may be nil.
	// An error of any message is its error. A sequence may block between two texts;
	// those before must not wait for that where Work has a Rate.
	Stream(ctx context.Context, texts iter.Seq[string], acked func(error)) error
}
