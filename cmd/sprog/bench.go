package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/pace"
	"xlattice.org/zog/internal/record"
)

const benchHelp = `Measure how many messages a second a ring takes, and how long their answers take.

Its texts are real messages. They stay in the log of every host, for as long as
that is kept. So bench runs only where 'zog dev' does, on loopback addresses, unless
you give --yes-write-to-every-log. Each text begins with sprog-bench and the name of
the run, which the result has too: grep finds and counts them.

Each client has a connection of its own, to one host; the clients are spread over
the hosts in turn. Each sends one message to connect, which does not count. Then it
keeps up to --in-flight messages unanswered. It ends after 10 s, or --duration, or
--messages, waits for the answers that are missing, and prints the result. Ctrl-C
ends it earlier, with the result so far.

There are two questions, which take two runs:

  How many a second?   Leave out --rate. Each client sends as fast as its answers
                       come. Latency counts from when a message was sent. It is
                       mostly the wait behind the --in-flight messages before it.
  How long does one    Give a --rate below the greatest, for all clients together.
  take at a load?      Messages are due at fixed times, and latency counts from when
                       a message was due, not from when it was sent: if the ring
                       stands still for a second, all messages of that second were
                       late, and count as late. (Otherwise the one message that waits
                       would stand for all: "coordinated omission".)

A rate that the ring cannot take shows as latencies that grow with --duration, and
as messages that were due and not sent. Latencies are those of the messages that
were acknowledged, to three digits.`

const benchExample = `  zog dev &                              # a ring on this machine
  sprog bench                            # a client a host, 10 s, as fast as it goes
  sprog bench --rate 5000 --in-flight 100 --copies 3
  sprog bench --clients 50 --in-flight 1 --duration 1m
  sprog bench --messages 1000000 --size 200 -o json
  grep -h 'sprog-bench k3x9fz' logs/dev/MV/access.log* | wc -l`

// benchmark is what the flags of sprog bench say.
type benchmark struct {
	clients  int // 0 is one for each host
	messages int
	duration cli.Duration
	size     int
	inFlight int
	rate     float64
	anywhere bool // --yes-write-to-every-log
	load     pace.Load
	name     string // of the run, in all texts
}

// Limits of the flags. Each client of a benchmark has goroutines, a histogram of some 200 KiB, and with a rate a
// thread. A latency takes at most the longest --timeout.
const (
	maxClients    = 1000
	maxInFlight   = 1 << 20
	maxUnanswered = 1 << 22 // of all clients; takes some 500 MB
	defaultLength = 10 * time.Second
)

func newBench(f *flags) *cobra.Command {
	b := benchmark{duration: cli.Duration(defaultLength)}
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure a ring: messages a second, and latencies",
		Long:    benchHelp + exitHelp,
		Example: benchExample,
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.messages > 0 && !cmd.Flags().Changed("duration") {
				b.duration = 0
			}
			return f.run(cmd, b.apply, func(cmd *cobra.Command, s *settings) error { return b.do(cmd, s) })
		},
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.IntVar(&b.clients, "clients", 0, "how many clients: `N`, up to 1000; else one for each host")
	set.Var(&b.duration, "duration", "begin no message after this time; with --messages, there is no\nsuch time unless you give one")
	set.IntVar(&b.messages, "messages", 0, "end after `N` messages, of all clients together; 0 is no limit")
	set.IntVar(&b.size, "size", 100, "bytes of a text: `N`, 48 to 509")
	set.IntVar(&b.inFlight, "in-flight", 1000, "how many messages of one client may be unanswered: `N`")
	set.Float64Var(&b.rate, "rate", 0, "send `N` messages a second, of all clients together, at fixed times;\n0 is as fast as answers come")
	set.BoolVar(&b.anywhere, "yes-write-to-every-log", false, "measure a ring that is not that of 'zog dev', although the texts\nstay in its logs")
	f.registerShow(cmd)
	return cmd
}

// apply checks the flags, and completes them from the settings.
func (b *benchmark) apply(s *settings) error {
	if b.clients == 0 {
		b.clients = len(s.targets)
	}
	if err := b.check(); err != nil {
		return cli.Usage(err)
	}
	if len(s.targets) > 1 {
		s.order = client.RoundRobin // each client begins with another host
	}
	b.load = pace.Load{Clients: b.clients, Messages: b.messages, Duration: time.Duration(b.duration), Rate: b.rate}
	b.name = strconv.FormatUint(rand.Uint64N(runNames), 36)
	b.name = strings.Repeat("0", runLength-len(b.name)) + b.name
	return nil
}

func (b *benchmark) check() error {
	switch {
	case b.clients < 1 || b.clients > maxClients:
		return fmt.Errorf("--clients: %d is not between 1 and %d", b.clients, maxClients)
	case b.duration == 0 && b.messages == 0:
		return errors.New("--duration: 0 is without end: give a time, or --messages")
	case b.messages < 0:
		return fmt.Errorf("--messages: %d messages cannot be sent", b.messages)
	case b.size < minSize || b.size > record.MaxText-len("\r\n"):
		return fmt.Errorf("--size: %d is not between %d and %d", b.size, minSize, record.MaxText-len("\r\n"))
	case b.inFlight < 1 || b.inFlight > maxInFlight:
		return fmt.Errorf("--in-flight: %d is not between 1 and %d", b.inFlight, maxInFlight)
	case b.inFlight*b.clients > maxUnanswered:
		return fmt.Errorf("--in-flight: %d for each of %d clients are more than %d in all", b.inFlight, b.clients, maxUnanswered)
	case b.rate < 0 || math.IsNaN(b.rate) || math.IsInf(b.rate, 0):
		return fmt.Errorf("--rate: %v is no number of messages a second", b.rate)
	}
	return nil
}

// permitted returns an error unless all that is written goes to a ring of zog dev, or the user wants it all the same.
func (b *benchmark) permitted(s *settings) error {
	if s.loopback || b.anywhere {
		return nil
	}
	where := s.targets[0].Name
	if len(s.targets) > 1 {
		where = "ring " + s.ring
	}
	return cli.Usage(errors.New(where + " is not on loopback addresses, as a ring of 'zog dev' is: what bench writes stays in the log " +
		"of every host; if that is what you want, give --yes-write-to-every-log"))
}

// The beginning of a text: `sprog-bench k3x9fz 12.345678 `, with the run, the client, and the number of the message.
const (
	marker    = "sprog-bench "
	runNames  = 36 * 36 * 36 * 36 * 36 * 36
	runLength = 6
	minSize   = 48 // room for the longest beginning: 12+6+1+3+1+19+1 bytes
)

// greeting returns the text by which a client connects.
func (b *benchmark) greeting(client int) string {
	return fmt.Sprintf("sprog-bench-connect %s %d", b.name, client)
}

// filling makes texts as long as --size says.
var filling = strings.Repeat("abcdefghijklmnopqrstuvwxyz0123456789", record.MaxText/36+1)

// text returns the text of message k of a client.
func (b *benchmark) text(client, k int) string {
	text := make([]byte, 0, b.size)
	text = append(append(append(text, marker...), b.name...), ' ')
	text = strconv.AppendInt(text, int64(client), 10)
	text = strconv.AppendInt(append(text, '.'), int64(k), 10)
	text = append(text, ' ')
	return string(append(text, filling[:b.size-len(text)]...))
}
