package main

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/supervisor"
)

// hung is a host whose disk hangs at every sync from now on, as the messages do that
// it has got. The bubble's end lets the disk go on.
func hung(t *testing.T, log *logrus.Logger, fsync config.Fsync) *supervisor.Host {
	t.Helper()
	ring, network, disk := config.Loopback(1), memnet.New(), crashdisk.New("log")
	ring.Log.Dir, ring.Log.Fsync = "log", fsync
	h, err := supervisor.Start(supervisor.Options{
		Ring: ring, Log: log, Seams: actors.Seams{Dial: network.Dial, Listen: network.Listen, FS: disk},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := network.Dial(t.Context(), ring.Hosts[0].Address, netip.AddrPortFrom(ring.Hosts[0].Address, ring.Ports.Client))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	t.Cleanup(disk.Hang(crashdisk.OpSync))
	if _, err := client.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("a message\r\n")})); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return h
}

// A disk that hangs when a daemon is to end: it ends in time for the operator, and says
// that not all was done.
func TestServeEndsWithADiskThatHangs(t *testing.T) {
	for fsync, want := range map[config.Fsync]string{
		config.FsyncAlways: "some actors did not stop",         // one of them is in a sync
		config.FsyncNever:  "the log could not be closed: its", // which syncs for the first time
	} {
		t.Run(string(fsync), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) }) // virtual: what hung ends
				log := logrus.New()
				log.SetOutput(io.Discard)
				log.ExitFunc = func(int) { t.Error("it is ended by force") }
				h := hung(t, log, fsync)
				signals := &signals{stop: make(chan struct{}), first: syscall.SIGTERM}
				close(signals.stop)
				defer endByForce(log)()
				began := time.Now()
				err := serve(log, []*supervisor.Host{h}, signals, nil)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				if took := time.Since(began); took > 9*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// Whatever hangs, the process ends by force, unless it has been told not to.
func TestAForcedEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, ended := logrus.New(), make(chan time.Time, 2)
		log.SetOutput(io.Discard)
		log.ExitFunc = func(int) { ended <- time.Now() }
		began := time.Now()
		endByForce(log)
		never := endByForce(log)
		never()
		time.Sleep(time.Minute)
		if len(ended) != 1 {
			t.Fatalf("ended %d times", len(ended))
		}
		if took := (<-ended).Sub(began); took != forceAfter {
			t.Errorf("ended after %v", took)
		}
	})
}

// What is told to end while it starts stops what has started, and says nothing of
// messages; what could not start is an error.
func TestBegin(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	stop := func() *signals {
		s := &signals{stop: make(chan struct{}), first: syscall.SIGTERM}
		close(s.stop)
		return s
	}
	broken := errors.New("no room")
	for name, c := range map[string]struct {
		asked *signals
		err   error
		code  int // 0: no error
	}{
		"it starts":                    {new(signals), nil, 0},
		"it cannot start":              {new(signals), broken, cli.CodeUsage},
		"cancelled":                    {stop(), supervisor.ErrCancelled, 0},
		"told to end, it cannot start": {stop(), broken, cli.CodeUsage},
	} {
		t.Run(name, func(t *testing.T) {
			hosts, err := startHosts(log, c.asked, func(<-chan struct{}) ([]*supervisor.Host, error) { return nil, c.err })
			exit := new(cli.Exit)
			if errors.As(err, &exit); exit.Code != c.code || len(hosts) > 0 {
				t.Errorf("%v, %v", hosts, err)
			}
		})
	}
}

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

// Two signals that come together are one, as when `timeout -s INT` signals a process and
// its group; a later one is a second, and ends the process at once.
func TestSignalsThatComeTogetherAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, ended := logrus.New(), make(chan time.Time, 2) // by the second signal, and by force
		log.SetOutput(io.Discard)
		log.ExitFunc = func(int) { ended <- time.Now() }
		s, ends := &signals{stop: make(chan struct{})}, make(chan os.Signal, 2)
		go s.await(log, ends, nil)
		began := time.Now()
		for _, at := range []time.Duration{0, 0, 100 * time.Millisecond, 249 * time.Millisecond, 250 * time.Millisecond} {
			time.Sleep(time.Until(began.Add(at)))
			if len(ended) > 0 {
				t.Fatalf("ended before the signal at %v", at)
			}
			ends <- syscall.SIGINT
			synctest.Wait()
		}
		if len(ended) != 1 || !s.stopped() {
			t.Fatal("a second signal does not end it")
		}
		time.Sleep(forceAfter) // the goroutine that would end it by force
	})
}

// A signal that comes before anyone listens is not lost, and does not end the process by itself.
func TestASignalThatComesEarly(t *testing.T) {
	catchEnds()
	defer signal.Stop(caught)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, ends := newSignals()
	if got := <-ends; got != syscall.SIGTERM {
		t.Errorf("the first signal is %v", got)
	}
}

// The page for operators explains the counts of the line stopped, all of them and no other.
func TestEveryCountIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\n| count | what it is | ")
	table, _, _ := strings.Cut(rest, "\n\n")
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(table, -1) {
		explained = append(explained, row[1])
	}
	slices.Sort(explained)
	if said := slices.Sorted(maps.Keys(counters(new(actors.Counts)))); !slices.Equal(explained, said) {
		t.Errorf("explained are %v, said %v", explained, said)
	}
}
