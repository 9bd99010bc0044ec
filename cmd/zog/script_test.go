package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"xlattice.org/zog/internal/config"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zog": main})
}

// The scripts are the manual's promises: what is typed, and what comes back.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"connect": connect,
		},
		Setup: func(env *testscript.Env) error {
			peer, client, err := freePorts()
			env.Setenv("PEER", peer)
			env.Setenv("CLIENT", client)
			env.Setenv("ZOG_CONFIG", "")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command lingers for a second
			return err
		},
	})
}

// exits is `exits CODE COMMAND ...`: the command ends with this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	code, exit := 0, (*exec.ExitError)(nil)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// connect is `connect ADDRESS`: somebody listens there, soon.
func connect(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: connect ADDRESS")
	}
	tick, end := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", args[0])
		if err == nil {
			ts.Check(conn.Close())
			return
		}
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("nobody listens on %s: %v", args[0], err)
		}
	}
}

// triedPorts counts the pairs of ports that freePorts has looked at.
var triedPorts atomic.Int32

// freePorts returns two ports that are free on all addresses of the ring of zog dev, below those that
// the system gives to connections, and that no other script has got.
func freePorts() (peer, client string, err error) {
	for {
		port := 19999 + 2*int(triedPorts.Add(1))
		switch {
		case port >= 32000:
			return "", "", errors.New("no free ports on loopback")
		case free(port) && free(port+1):
			return strconv.Itoa(port), strconv.Itoa(port + 1), nil
		}
	}
}

func free(port int) bool {
	addresses := []string{"127.0.0.1"}
	for _, h := range config.Loopback(testHosts).Hosts {
		addresses = append(addresses, h.Address.String())
	}
	for _, a := range addresses {
		l, err := net.Listen("tcp", net.JoinHostPort(a, fmt.Sprint(port)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
