package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/client"
)

// smallDisk mounts a file system of 64 KiB as the log directory of host i.
func (r *ring) smallDisk(i int) {
	r.t.Helper()
	dir := r.LogDir(r.Hosts[i].Name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		r.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); errors.Is(err, syscall.EPERM) {
		r.t.Skip("SKIPPED: a file system of 64 KiB can be mounted only by root")
	} else if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			r.t.Error(err)
		}
	})
}

// A disk that is full is said to be, to clients and in the diagnostics. The
// other hosts do not notice. When there is room again the host goes on, without
// a restart, and gets what it has missed.
func TestLongAFullDisk(t *testing.T) {
	r := newRing(t)
	r.smallDisk(0)
	filler := filepath.Join(r.LogDir(r.Hosts[0].Name), "filler")
	if err := os.WriteFile(filler, make([]byte, 24<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range r.Hosts {
		r.start(i)
	}
	r.awaitLinks()
	kept := r.fillUp(0)
	kept = append(kept, r.sendTo(1, 20)...) // few enough to fit, later
	await(t, "the others have all of it", func() bool {
		return len(r.access(1)) == len(r.access(2)) && len(r.access(1)) >= len(kept)
	})
	r.requireAll("the log of "+r.Hosts[2].Name, kept, r.access(2))

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	await(t, "it is ready again", func() bool { return r.hosts[0].says("ready again: access.log can be written") > 0 })
	want := len(r.access(1))
	r.awaitLines(want, 0)
	r.requireSettled(want, 0, 1, 2, 3, 4)
}

// sendTo sends n messages to host i, and returns them.
func (r *ring) sendTo(i, n int) (kept []string) {
	r.t.Helper()
	c := r.clientOf(i)
	defer c.Close()
	for n := range n {
		text := fmt.Sprint("meanwhile ", n)
		if _, err := c.Send(context.Background(), text); err != nil {
			r.t.Fatal(err)
		}
		kept = append(kept, text)
	}
	return kept
}

// clientOf returns a client of host i.
func (r *ring) clientOf(i int) *client.Client {
	r.t.Helper()
	c, err := client.New(client.Config{
		Hosts:   []string{netip.AddrPortFrom(r.Hosts[i].Address, r.Ports.Client).String()},
		Order:   client.Specific,
		Timeout: 2 * time.Second,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// fillUp sends to host i until it refuses, and returns what was acknowledged.
func (r *ring) fillUp(i int) (kept []string) {
	r.t.Helper()
	c := r.clientOf(i)
	defer c.Close()
	for n := range 1000 {
		text := fmt.Sprintf("number %d %s", n, strings.Repeat("x", 20))
		_, err := c.Send(context.Background(), text)
		var refused *client.RefusedError
		switch {
		case err == nil:
			kept = append(kept, text)
		case errors.As(err, &refused):
			if refused.Refusal != client.RefusalStorage || !strings.Contains(err.Error(), "no space left on device") {
				r.t.Errorf("refused: %v", err)
			}
			if r.hosts[i].says("not ready: messages are refused until access.log can be written") != 1 {
				r.t.Error("the diagnostics do not say so")
			}
			return kept
		}
	}
	r.t.Fatal("the host refuses nothing")
	return nil
}
