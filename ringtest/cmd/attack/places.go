package main

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// idle takes all places for clients.
func idle(a *attacker) string {
	all := a.clients(10_000, 12)
	slow := func() {
		for i := 0; i < len(all) && !a.over(); i += 2 {
			_ = all[i].send([]byte{0x20}) // begins a frame of 32 bytes
		}
	}
	slow()
	a.pause(4 * time.Second)
	slow()
	<-a.ctx.Done()
	return result(nil, "%d connections", len(all))
}

// first has the first bytes of other protocols.
var first = [][]byte{
	[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03},
	[]byte("SSH-2.0-OpenSSH_9.9\r\n"),
}

// protocols speaks other protocols.
func protocols(a *attacker) string {
	all := a.clients(300, 6)
	var waiting atomic.Int64
	parallel(all, func(i int, w *wire) {
		if w.send(first[i%len(first)]) == nil && !w.closes(2*time.Second) {
			waiting.Add(1)
		}
	})
	if n := waiting.Load(); n > 0 {
		a.fail("%d of %d not closed within 2 s", n, len(all))
	}
	return result(nil, "%d connections", len(all))
}

// fewFiles limits the number of open files of the attacked host.
func fewFiles(i int, command ...string) []string {
	if i != attacked {
		return command
	}
	return append([]string{"sh", "-c", `ulimit -n 256 && exec "$@"`, "sh"}, command...)
}

// exhaust takes all descriptors, and renames and reopens the log as logrotate does.
func exhaust(a *attacker) string {
	all := a.clients(600, 6)
	log := filepath.Join(a.LogDir(a.Name(attacked)), "access.log")
	err := os.Rename(log, log+".1")
	if err == nil {
		err = a.Host(attacked).Signal(syscall.SIGHUP)
	}
	if err != nil {
		a.fail("%v", err)
	}
	<-a.ctx.Done()
	return result(nil, "%d connections", len(all))
}
