package main

import (
	"bytes"
	"strings"
	"testing"

	"xlattice.org/zog/internal/config"
)

// A ring of one is told of as such.
func TestWelcome(t *testing.T) {
	for hosts, want := range map[int]string{
		1: "A ring of 1 host takes messages, on 127.0.55.1.\n",
		5: "A ring of 5 hosts takes messages, on 127.0.55.1 to 127.0.55.5.\n",
	} {
		var out bytes.Buffer
		f := &devFlags{dir: "logs"}
		if err := f.welcome(&out, config.Loopback(hosts)); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%v, %q", err, out.String())
		}
	}
}
