package rings_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/supervisor"
)

// machine is one whose address comes late.
type machine struct {
	*memnet.Network
	disk    *crashdisk.Disk
	said    bytes.Buffer
	options supervisor.Options
	refusal error // of ports, until its time
	until   time.Time
}

func newMachine(late time.Duration) *machine {
	m := &machine{Network: memnet.New(), disk: crashdisk.New("log"), refusal: syscall.EADDRNOTAVAIL, until: time.Now().Add(late)}
	log := logrus.New()
	log.SetOutput(&m.said)
	ring := config.Loopback(1)
	ring.Log.Dir = "log"
	m.options = supervisor.Options{
		Ring: ring, Log: log, AwaitAddress: true,
		Seams: actors.Seams{Dial: m.Dial, Listen: m.listen, FS: m.disk},
	}
	return m
}

func (m *machine) listen(at netip.AddrPort) (net.Listener, error) {
	if time.Now().Before(m.until) {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", m.refusal)}
	}
	return m.Listen(at)
}

// says counts the lines of diagnostics with this level and word.
func (m *machine) says(level, word string) (n int) {
	for line := range strings.Lines(m.said.String()) {
		if strings.Contains(line, "level="+level) && strings.Contains(line, word) {
			n++
		}
	}
	return n
}

// An address that comes late is waited for, with one warning and one word when it
// is there.
func TestAnAddressIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, began := newMachine(time.Hour), time.Now()
		host, err := supervisor.Start(m.options)
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < time.Hour || waited > time.Hour+time.Second {
			t.Errorf("it takes messages after %v", waited)
		}
		if err := host.Stop(time.Minute); err != nil {
			t.Error(err)
		}
		if m.says("warning", "does not have its address yet") != 1 || m.says("info", "has its address now") != 1 ||
			m.says("", "address=127.0.55.1") != 2 {
			t.Errorf("it says:\n%s", m.said.String())
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}

// Waiting ends when it is cancelled. Nothing is left running, and the log is free.
func TestWaitingForAnAddressIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, began, cancel := newMachine(time.Hour), time.Now(), make(chan struct{})
		m.options.Cancel = cancel
		time.AfterFunc(time.Minute, func() { close(cancel) })
		if _, err := supervisor.Start(m.options); !errors.Is(err, supervisor.ErrCancelled) {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("it ended after %v", waited)
		}
		lock, err := m.disk.Lock("log/.lock")
		if err != nil {
			t.Fatal(err)
		}
		lock.Close()
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}

// A port in use, and whatever else is wrong with an address, is an error at once;
// so is an address that is not there, if it is not to be waited for.
func TestOnlyAnAddressIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			refusal error
			patient bool
		}{{syscall.EADDRINUSE, true}, {syscall.EACCES, true}, {syscall.EADDRNOTAVAIL, false}} {
			m, began := newMachine(time.Hour), time.Now()
			m.refusal, m.options.AwaitAddress = c.refusal, c.patient
			if _, err := supervisor.Start(m.options); !errors.Is(err, c.refusal) || !strings.Contains(err.Error(), "cannot listen on 127.0.55.1:55551") {
				t.Errorf("%v: got %v", c.refusal, err)
			}
			if waited := time.Since(began); waited != 0 {
				t.Errorf("%v: after %v", c.refusal, waited)
			}
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}

// The port is in use, as is seen when the address is there.
func TestAPortInUseOnALateAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(time.Minute)
		other, err := m.Listen(netip.AddrPortFrom(m.options.Ring.Hosts[0].Address, m.options.Ring.Ports.Client))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if _, err := supervisor.Start(m.options); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}
