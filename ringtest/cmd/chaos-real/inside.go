package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/ringtest/internal/outcome"
)

// recordName is the file with the record of the clients, in the directory of a run.
const recordName = "oks.jsonl"

// traffic has the clients, in the process that runs in their namespace.
type traffic struct {
	file    string // of the ring
	clients int
	rate    int
	copies  int

	names  map[string]string // of the hosts, by address and port
	stop   <-chan struct{}   // closed when the clients are to send no more
	mu     sync.Mutex
	record *json.Encoder
	err    error // the first of the record
}

// arguments returns the command line with which newInside runs this traffic.
func (t *traffic) arguments() []string {
	return []string{"inside", "--config", t.file, "--clients", fmt.Sprint(t.clients), "--rate", fmt.Sprint(t.rate),
		"--copies", fmt.Sprint(t.copies)}
}

// newInside returns the command with which the program runs itself as the clients, until SIGTERM. Then
// they send no more, and it ends when all have their answers. It writes the record beside the ring
// file.
func newInside() *cobra.Command {
	t := &traffic{}
	cmd := &cobra.Command{
		Use: "inside", Short: "Be the clients", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(cmd.Context(), syscall.SIGTERM)
			defer cancel()
			t.stop = ctx.Done()
			return t.run()
		},
	}
	set := cmd.Flags()
	set.StringVar(&t.file, "config", "", "the ring file")
	set.IntVar(&t.clients, "clients", 1, "number of clients")
	set.IntVar(&t.rate, "rate", 1, "messages per second of each client")
	set.IntVar(&t.copies, "copies", 1, "number of hosts that must have a message before it is acknowledged")
	return cmd
}

// run sends until stop is closed, and returns when all messages are answered and recorded.
func (t *traffic) run() error {
	_, ring, err := cli.FindRing(t.file)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(filepath.Dir(t.file), recordName))
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(file)
	t.record = json.NewEncoder(buffer)
	var addresses []string
	t.names = make(map[string]string)
	for _, h := range ring.Hosts {
		address := netip.AddrPortFrom(h.Address, ring.Ports.Client).String()
		addresses = append(addresses, address)
		t.names[address] = h.Name
	}
	err = t.send(addresses)
	return errors.Join(err, t.err, buffer.Flush(), file.Close())
}

// send runs all clients. As many as there are hosts send to one host each, even if it is down, so that
// every host is busy; the others go to another host then.
func (t *traffic) send(addresses []string) error {
	var done sync.WaitGroup
	defer done.Wait()
	for i := range t.clients {
		hosts, order := addresses, client.Random
		if i < len(addresses) {
			hosts, order = addresses[i:i+1], client.Specific
		}
		c, err := client.New(client.Config{
			Hosts: hosts, Order: order, MinCopies: t.copies, Timeout: 2 * time.Second, Window: 4 * t.rate,
			KeepAlive: 2 * time.Second, Silence: 6 * time.Second,
			Retry: client.Retry{Initial: 20 * time.Millisecond, Max: time.Second},
		})
		if err != nil {
			return err
		}
		s := &sender{traffic: t, client: c, name: fmt.Sprint("c", i)}
		done.Go(s.run)
	}
	return nil
}

// sender is one of the clients.
type sender struct {
	*traffic
	client *client.Client
	name   string
	next   uint64 // message
}

// run sends until stop is closed. An error of SendAll means that no host could be reached for a while;
// it tries again then.
func (s *sender) run() {
	defer s.client.Close()
	for {
		first := s.next
		_, err := s.client.SendAll(context.Background(), s.texts(), func(r client.Result) { s.report(first+uint64(r.Index), r) })
		if err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-s.stop:
			return
		}
	}
}

// texts yields the sender's messages, each when it is due. No two are equal.
func (s *sender) texts() iter.Seq[string] {
	return func(yield func(string) bool) {
		tick := time.NewTicker(time.Second / time.Duration(s.rate))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-s.stop:
				return
			}
			s.next++
			if !yield(fmt.Sprintf("%s.%d %*s", s.name, s.next-1, s.next*37%200, "is here")) {
				return
			}
		}
	}
}

// report records the result of a message.
func (s *sender) report(n uint64, r client.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = s.record.Encode(outcome.Message(s.name, n, s.names[r.Host], r))
	}
}
