package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// program is a command with one below it, which returns err.
func program(err error) *cobra.Command {
	root := &cobra.Command{Use: "prog", Args: NoArgs, RunE: func(*cobra.Command, []string) error { return nil }}
	sub := &cobra.Command{Use: "go", Args: NoArgs, RunE: func(*cobra.Command, []string) error { return err }}
	sub.Flags().Bool("left", false, "")
	sub.Flags().Bool("right", false, "")
	sub.Flags().Int("steps", 0, "")
	sub.Flags().String("name", "", "")
	sub.Flags().Bool("straight", false, "")
	ChooseOne(sub, "left", "right", "straight")
	ChooseOne(sub, "steps", "name")
	root.AddCommand(sub)
	return root
}

func TestCodes(t *testing.T) {
	tests := map[string]struct {
		args string
		err  error
		code int
		says string
	}{
		"well":            {"go", nil, 0, ""},
		"root":            {"", nil, 0, ""},
		"failed":          {"go", errors.New("no paper"), 1, "prog: no paper\n"},
		"own code":        {"go", &Exit{7, errors.New("no ink")}, 7, "prog: no ink\n"},
		"own code, mute":  {"go", &Exit{Code: 3}, 3, ""},
		"usage":           {"go", Usage(errors.New("no such ring")), 2, "prog: no such ring\n"},
		"unknown command": {"og", nil, 2, "prog: unknown command \"og\" for \"prog\": did you mean go?\nTry 'prog --help'.\n"},
		"unknown flag":    {"go --up", nil, 2, "prog: unknown flag: --up\nTry 'prog go --help'.\n"},
		"no number":       {"go --steps x", nil, 2, "prog: invalid argument \"x\" for \"--steps\" flag: want a whole number\nTry 'prog go --help'.\n"},
		"big number":      {"go --steps 99999999999999999999", nil, 2, "prog: invalid argument \"99999999999999999999\" for \"--steps\" flag: the number is out of range\n"},
		"argument":        {"go there", nil, 2, "prog: prog go takes no arguments, but got \"there\"\nTry 'prog go --help'.\n"},
		"other command":   {"sleep", nil, 2, "prog: unknown command \"sleep\" for \"prog\": there are go\nTry 'prog --help'.\n"},
		"help":            {"help og", nil, 2, "prog: unknown command \"og\" for \"prog\": did you mean go?\nTry 'prog help --help'.\n"},
		"flag, a slip":    {"go --setps 1", nil, 2, "prog: unknown flag: --setps: did you mean --steps?\nTry 'prog go --help'.\n"},
		"flag, one dash":  {"go -steps 1", nil, 2, "prog: unknown shorthand flag: 's' in -steps: did you mean --steps?\nTry 'prog go --help'.\n"},
		"empty value":     {"go --name=", nil, 2, "prog: --name is empty\nTry 'prog go --help'.\n"},
		"flag group":      {"go --left --right", nil, 2, "prog: choose one of --left, --right and --straight\nTry 'prog go --help'.\n"},
		"flags of a pair": {"go --left --steps 1 --name x", nil, 2, "prog: choose one of --steps and --name\n"},
		"one of a group":  {"go --left --name x", nil, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := program(test.err)
			root.SetArgs(strings.Fields(test.args))
			var out, says bytes.Buffer
			root.SetOut(&out)
			root.SetErr(&says)
			if code, said := run(root); code != test.code || !strings.HasPrefix(said, test.says) || (test.says == "") != (said == "") {
				t.Errorf("code %d, says %q", code, said)
			}
			if out.Len() > 0 || says.Len() > 0 {
				t.Errorf("it writes %q and %q", out.String(), says.String())
			}
		})
	}
}

func TestFindRing(t *testing.T) {
	t.Chdir(t.TempDir())
	defer func(before []string) { ringFiles = before }(ringFiles)
	ringFiles = []string{"zog.yaml", filepath.Join("etc", "zog.yaml")}
	t.Setenv(EnvRing, "")
	expect := func(named, want string) {
		t.Helper()
		file, ring, err := FindRing(named)
		if err != nil || file != want || ring.Ring != filepath.Base(filepath.Dir(want)) {
			t.Errorf("FindRing(%q) = %q, %+v, %v", named, file, ring, err)
		}
	}
	refuse := func(named string, is error) {
		t.Helper()
		_, _, err := FindRing(named)
		var exit *Exit
		if !errors.As(err, &exit) || exit.Code != CodeUsage || !errors.Is(err, is) {
			t.Errorf("FindRing(%q): %v", named, err)
		}
	}
	refuse("", ErrNoRing)
	write(t, "etc/zog.yaml", "etc")
	expect("", "etc/zog.yaml")
	write(t, "mine/zog.yaml", "mine")
	t.Setenv(EnvRing, "mine/zog.yaml")
	expect("", "mine/zog.yaml")
	write(t, "named/zog.yaml", "named")
	expect("named/zog.yaml", "named/zog.yaml")
	refuse("none.yaml", os.ErrNotExist)
	t.Setenv(EnvRing, "none.yaml")
	refuse("", os.ErrNotExist) // what is named and missing is not passed over
}

func write(t *testing.T, file, ring string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "ring: " + ring + "\nhosts: [{name: A, address: 127.0.55.1}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"config", "copies", "dev", "ring", "roundRobin", "run", "send", "settle", "status", "timeout", "verify", "version"}
	for typed, want := range map[string]string{
		"stauts": "status", "sned": "send", "verfy": "verify", "tiemout": "timeout", "coppies": "copies", "rign": "ring",
		"ver": "verify", "conf": "config", "round-robin": "roundRobin", "ROUNDROBIN": "roundRobin", "rum": "run", "snd": "send",
		"": "", "r": "", "x": "", "hello": "", "the": "", "loud": "", "list": "",
	} {
		if got, _ := nearest(typed, names); got != want {
			t.Errorf("%q is taken for %q, want %q", typed, got, want)
		}
	}
}
