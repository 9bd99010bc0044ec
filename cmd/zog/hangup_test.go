package main

import (
	"bytes"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/supervisor"
)

// A reload that hangs holds up nothing: neither messages, nor the end. When it goes on,
// what was asked for meanwhile is done once; what is read after the end is not applied.
func TestAReloadThatHangs(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ring, network := config.Loopback(1), memnet.New()
		ring.Log.Dir = filepath.Join(dir, "{name}")
		var said bytes.Buffer
		log := logrus.New()
		log.SetOutput(&said)
		host, err := supervisor.Start(supervisor.Options{
			Ring: ring, Log: log, Seams: actors.Seams{Dial: network.Dial, Listen: network.Listen},
		})
		if err != nil {
			t.Fatal(err)
		}
		signals, hung := &signals{stop: make(chan struct{})}, make(chan *config.Ring)
		reads := 0
		d := &daemon{
			log: log, host: host, member: &member{file: "zog.yaml", ring: ring}, signals: signals, reloads: make(chan struct{}, 1),
			read: func(string) (*config.Ring, error) { reads++; return <-hung, nil },
		}
		go d.reload()
		for range 5 {
			d.requestReload()
			synctest.Wait()
		}
		conn, err := network.Dial(t.Context(), ring.Hosts[0].Address, netip.AddrPortFrom(ring.Hosts[0].Address, ring.Ports.Client))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("meanwhile\r\n")}))
		if _, err := io.ReadAtLeast(conn, make([]byte, 64), 4); err != nil {
			t.Errorf("a message is not answered: %v", err)
		}
		conn.Close()
		hung <- ring
		hung <- ring
		synctest.Wait()
		d.requestReload()
		synctest.Wait()
		close(signals.stop)
		hung <- ring // too late
		synctest.Wait()
		close(d.reloads)
		if n := strings.Count(said.String(), "ring file reloaded"); reads != 3 || n != 2 {
			t.Errorf("read %d times and applied %d times, want 3 and 2:\n%s", reads, n, said.String())
		}
		if err := host.Stop(10 * time.Second); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}
