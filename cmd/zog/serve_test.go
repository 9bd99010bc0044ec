package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/memnet"
	"xlattice.org/zog/supervisor"
)

// failingDisk is a disk whose files can be told to fail for good.
type failingDisk struct {
	disk.OS
	broken atomic.Bool
}

type failingFile struct {
	disk.File
	disk *failingDisk
}

var errBroken = errors.New("the disk is broken")

func (d *failingDisk) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.OS.OpenFile(name, flag)
	return failingFile{f, d}, err
}

func (f failingFile) Stat() (os.FileInfo, error) {
	if f.disk.broken.Load() {
		return nil, errBroken
	}
	return f.File.Stat()
}

func (f failingFile) Truncate(size int64) error {
	if f.disk.broken.Load() {
		return errBroken
	}
	return f.File.Truncate(size)
}

// A host that fails for good ends the process with its reason, and takes the
// other hosts in it along. Only time in a bubble makes its patience bearable.
func TestServeEndsWithAHostThatFails(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ring, network, faulty := config.Loopback(2), memnet.New(), &failingDisk{}
		ring.Log.Dir = filepath.Join(dir, "{name}")
		var said bytes.Buffer
		log := logrus.New()
		log.SetOutput(&said)
		var hosts []*supervisor.Host
		for i, fs := range []disk.FS{disk.OS{}, faulty} {
			h, err := supervisor.Start(supervisor.Options{
				Ring: ring, Self: i, Log: log,
				Seams: actors.Seams{Dial: network.Dial, Listen: network.Listen, FS: fs},
			})
			if err != nil {
				t.Fatal(err)
			}
			hosts = append(hosts, h)
		}
		synctest.Wait() // all actors are there
		faulty.broken.Store(true)
		hosts[1].Reopen()
		err := serve(log, hosts, signals{}, nil)
		if err == nil || !strings.Contains(err.Error(), "the host has failed") || !strings.Contains(err.Error(), errBroken.Error()) {
			t.Errorf("got %v", err)
		}
		if n := strings.Count(said.String(), "msg=stopped"); n != len(hosts) {
			t.Errorf("%d hosts say that they have stopped, want %d:\n%s", n, len(hosts), said.String())
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
}
