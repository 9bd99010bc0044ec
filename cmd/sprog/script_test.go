package main

import (
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/supervisor"
)

func TestMain(m *testing.M) {
	testscript.Main(checked{m}, map[string]func(){"sprog": main})
}

// checked runs the tests, and then looks for goroutines that they left.
type checked struct{ m *testing.M }

func (c checked) Run() int {
	code := c.m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		println(err.Error())
		return 1
	}
	return code
}

// The scripts are what the manual promises: what is typed, and what comes back.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ring": cmdRing, "await": cmdAwait, "got": cmdGot, "exits": cmdExits, "lines": cmdLines,
			"zog": cmdZog,
		},
		Setup: func(env *testscript.Env) error {
			hs := &hosts{}
			env.Values[hostsKey] = hs
			env.Defer(hs.stop)
			live := &liveRing{hosts: map[string]*supervisor.Host{}}
			env.Values[liveRingKey] = live
			env.Defer(live.stopAll)
			env.Setenv(cli.EnvRing, "ring.yaml")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each process lasts a second longer
			return nil
		},
	})
}

// cmdExits is `exits CODE COMMAND ...`: the command ends with this exit code.
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// cmdLines is `lines N FILE PATTERN`: so many lines of the file, which may be
// stdout or stderr, match.
func cmdLines(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[2])
	ts.Check(err)
	if n := len(pattern.FindAllString(ts.ReadFile(args[1]), -1)); strconv.Itoa(n) != args[0] {
		ts.Fatalf("%d lines match %s", n, args[2])
	}
}
