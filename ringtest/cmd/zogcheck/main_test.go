package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xlattice.org/zog/internal/cli"
)

// written makes files, and returns the directory that they are in.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs the command in a directory, and returns what it says and its exit
// code.
func run(t *testing.T, dir string, args ...string) (said string, code int) {
	t.Helper()
	t.Chdir(dir)
	cmd := newRoot()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	if err == nil {
		return out.String(), 0
	}
	exit := &cli.Exit{Code: cli.CodeUsage}
	errors.As(err, &exit)
	return out.String() + err.Error(), exit.Code
}

const (
	first  = "2026-11-22T10:26:00Z MV.zz.1 a\r\n"
	second = "2026-11-22T10:26:00Z MV.zz.2 b\r\n"
	oks    = `{"sender":"c1","n":1,"text":"a","outcome":"ok"}
{"sender":"c1","n":2,"text":"b","outcome":"ok"}
`
)

func TestExitCodes(t *testing.T) {
	dir := written(t, map[string]string{
		"oks.jsonl": oks, "bad.jsonl": "{}", "idle.jsonl": "",
		"MV/access.log.1": first, "MV/access.log": second,
		"PA/access.log": first + second, "PA/access.log.old": "rubbish",
		"G/access.log": second, "empty/error.log": "",
	})
	for _, test := range []struct {
		name string
		args string
		code int
		says string
	}{
		{"clean", "--oks oks.jsonl MV PA", 0, "no faults"},
		{"one lacks a segment", "--oks oks.jsonl MV PA G", 1, "1 lost, 1 reordered"},
		{"the hole is declared", "--oks oks.jsonl --settled --hole MV.zz=2 MV PA G", 0, "no faults"},
		{"another hole", "--oks oks.jsonl --hole MV.zy=2 MV G", 1, "1 lost, 1 reordered"},
		{"a host by another name", "--oks oks.jsonl LA=MV", 0, "LA "},
		{"idle", "--oks idle.jsonl empty=G", 1, "no message was acknowledged"},
		{"no record", "MV", 2, `"oks"`},
		{"no directories", "--oks oks.jsonl", 2, "at least 1"},
		{"there is no such record", "--oks gone.jsonl MV", 2, "gone.jsonl"},
		{"there is no such directory", "--oks oks.jsonl gone", 2, "gone"},
		{"a directory without a log", "--oks oks.jsonl empty", 2, "no access.log"},
		{"a bad record", "--oks bad.jsonl MV", 2, "message 1"},
		{"a host twice", "--oks oks.jsonl MV MV=PA", 2, "two logs"},
		{"a bad hole", "--oks oks.jsonl --hole MV=2 MV", 2, "ORIGIN.BOOT=SEQ"},
		{"no examples", "--oks oks.jsonl --examples 0 MV", 2, "--examples"},
	} {
		t.Run(test.name, func(t *testing.T) {
			said, code := run(t, dir, strings.Fields(test.args)...)
			if code != test.code || !strings.Contains(said, test.says) {
				t.Errorf("exit code %d, want %d, and it says\n%s", code, test.code, said)
			}
		})
	}
}

// Who asks for help learns how to use it.
func TestHelpTeaches(t *testing.T) {
	said, code := run(t, t.TempDir(), "--help")
	for _, word := range []string{`"outcome":"ok"`, "unknown", "Exit codes", "--hole", "Examples:"} {
		if !strings.Contains(said, word) {
			t.Errorf("%q is not in the help", word)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}
