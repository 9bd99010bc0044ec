package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/supervisor"
)

// liveRing is a ring of real hosts, for scripts that need a log.
type liveRing struct {
	file  *config.Ring
	hosts map[string]*supervisor.Host
}

const liveRingKey = "ring"

// stopWithin is how long a host may take to stop.
const stopWithin = 10 * time.Second

func (r *liveRing) stop(name string) error {
	h := r.hosts[name]
	delete(r.hosts, name)
	return h.Stop(stopWithin)
}

func (r *liveRing) stopAll() {
	for name := range r.hosts {
		_ = r.stop(name) // the script has ended
	}
}

// cmdZog is `zog start N` or `zog stop NAME`: starts a ring of real hosts, MV, PA and so on, and writes ring.yaml, or
// stops one of them.
func cmdZog(ts *testscript.TestScript, _ bool, args []string) {
	r := ts.Value(liveRingKey).(*liveRing)
	if args[0] == "stop" {
		ts.Check(r.stop(args[1]))
		return
	}
	r.file = config.Loopback(int(args[1][0] - '0'))
	r.file.Log.Dir = filepath.Join(ts.Getenv("WORK"), "log", "{name}")
	ts.Check(daemons.FreePorts(r.file))
	ts.Check(os.WriteFile(ts.MkAbs("ring.yaml"), r.file.YAML(), 0o600))
	for i, h := range r.file.Hosts {
		host, err := supervisor.Start(supervisor.Options{Ring: r.file, Self: i})
		ts.Check(err)
		r.hosts[h.Name] = host
	}
}
