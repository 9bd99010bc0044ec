package main

import (
	"bytes"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/memnet"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/supervisor"
)

// brittle is a mailbox whose actor does not survive a new connection.
type brittle struct{ actor.Mailbox }

func (b brittle) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	b.Mailbox.RegisterHandlers(breaking{i}, d)
}

type breaking struct{ actor.MessageInvoker }

var errBroken = errors.New("it is broken")

func (b breaking) InvokeUserMessage(m any) {
	if _, adopt := m.(*messages.Adopt); adopt {
		panic(errBroken)
	}
	b.MessageInvoker.InvokeUserMessage(m)
}

// A host that fails for good ends the process with its reason, and takes the
// other hosts in it along. Only time in a bubble makes its patience bearable.
func TestServeEndsWithAHostThatFails(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ring, network := config.Loopback(2), memnet.New()
		ring.Log.Dir = filepath.Join(dir, "{name}")
		var said bytes.Buffer
		log := logrus.New()
		log.SetOutput(&said)
		var hosts []*supervisor.Host
		whole := actor.Unbounded()
		for i, box := range []actor.MailboxProducer{whole, func() actor.Mailbox { return brittle{whole()} }} {
			h, err := supervisor.Start(supervisor.Options{
				Ring: ring, Self: i, Log: log,
				Seams: actors.Seams{Dial: network.Dial, Listen: network.Listen, Mailbox: box},
			})
			if err != nil {
				t.Fatal(err)
			}
			hosts = append(hosts, h)
		}
		synctest.Wait() // all actors are there
		client, err := network.Dial(t.Context(), ring.Hosts[0].Address, netip.AddrPortFrom(ring.Hosts[1].Address, ring.Ports.Client))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		err = serve(log, hosts, new(signals), nil)
		if err == nil || !strings.Contains(err.Error(), "the host has failed") || !strings.Contains(err.Error(), errBroken.Error()) {
			t.Errorf("got %v", err)
		}
		if n := strings.Count(said.String(), "msg=stopped"); n != len(hosts) {
			t.Errorf("%d hosts say that they have stopped, want %d:\n%s", n, len(hosts), said.String())
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}
