package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// access returns the whole lines of a host's access log.
func access(logDir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(logDir, "access.log"))
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range bytes.Lines(data) {
		if bytes.HasSuffix(line, []byte("\r\n")) {
			lines = append(lines, string(line))
		}
	}
	return lines, nil
}

// verdict is the result of a comparison of logs, host by host.
type verdict struct {
	lines  []int
	sums   []string // of `LC_ALL=C sort | sha256sum`
	faults []string // what is wrong with them
}

// compareLogs compares logs. Each must have at least want messages, each once, and all must be equal.
func compareLogs(names []string, logs [][]string, want int) verdict {
	var v verdict
	fault := func(format string, args ...any) { v.faults = append(v.faults, fmt.Sprintf(format, args...)) }
	for i, log := range logs {
		sorted := slices.Sorted(slices.Values(log))
		v.lines = append(v.lines, len(log))
		v.sums = append(v.sums, fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(sorted, "")))))
		if twice := len(log) - len(slices.Compact(sorted)); twice > 0 {
			fault("%s has %d lines more than once", names[i], twice)
		}
		if len(log) < want {
			fault("%s has %d lines, but %d messages were acknowledged", names[i], len(log), want)
		}
		if v.sums[i] != v.sums[0] {
			fault("the logs of %s and %s differ", names[0], names[i])
		}
	}
	return v
}

// common returns the newest line of the first log that is also in the second.
func common(first, second []string) (string, bool) {
	for _, line := range slices.Backward(first) {
		if slices.Contains(second, line) {
			return strings.TrimSuffix(line, "\r\n"), true
		}
	}
	return "", false
}
