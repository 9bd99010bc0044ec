//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// heard plays a session and returns the text of the recording.
func heard(ctx context.Context, t *testing.T, commands ...step) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	events, err := play(ctx, t.TempDir(), commands)
	var b strings.Builder
	for _, e := range events {
		b.WriteString(e.text)
	}
	return b.String(), err
}

// The recording has what a person at the terminal would see.
func TestShell(t *testing.T) {
	got, err := heard(t.Context(), t, step{say: "ho", command: "test -t 1 && echo hi"}, step{command: "false", code: 1})
	want := ready + sgr(cyan) + "# ho" + sgr(plain) + "\n" + ready + sgr(bold) + "test -t 1 && echo hi" + sgr(plain) + "\nhi\r\n" +
		ready + sgr(bold) + "false" + sgr(plain) + "\n" + ready
	if err != nil || got != want {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
}

// A command with an unexpected end ends the recording.
func TestShellSeesFailure(t *testing.T) {
	if got, err := heard(t.Context(), t, step{command: "echo no; false"}); err == nil || !strings.Contains(err.Error(), `exit code 1, not 0, after "no\r\n"`) {
		t.Errorf("%v, %q", err, got)
	}
	if got, err := heard(t.Context(), t, step{command: "exit"}); err == nil || !strings.Contains(err.Error(), "the shell has ended") {
		t.Errorf("%v, %q", err, got)
	}
}

// Background jobs end with the recording.
func TestShellLeavesNothing(t *testing.T) {
	got, err := heard(t.Context(), t, step{command: "sleep 60 & echo pid $!"})
	found := regexp.MustCompile(`\npid (\d+)`).FindStringSubmatch(strings.ReplaceAll(got, "\r", ""))
	if err != nil || found == nil {
		t.Fatalf("%v, %q", err, got)
	}
	// A zombie has no command line.
	command, err := os.ReadFile(filepath.Join("/proc", found[1], "cmdline"))
	if err == nil && strings.HasPrefix(string(command), "sleep") {
		t.Error("sleep still runs")
	}
}

// An interrupt ends the pauses too.
func TestShellIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := heard(ctx, t, step{command: "sleep 60"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %q", err, got)
	}
}
