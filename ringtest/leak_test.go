package ringtest

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestLeaksAreFound: what outlives the ring's hosts is an error, with its stack. What
// the test has started itself, and another ring's hosts, are none of it.
func TestLeaksAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		other := Start(t, Hosts(1))
		err := Do(func(t TB) {
			ring := Start(t, Hosts(1))
			other.Host("MV").Restart()
			go func() { <-stop }()
			ring.Host("MV").Stop()
		})
		if err != nil {
			t.Errorf("there is no leak: %v", err)
		}
		err = Do(func(t TB) {
			ring := Start(t, Hosts(1))
			ring.runLabelled(func() { go func() { <-stop }() })
		})
		if err == nil || !strings.Contains(err.Error(), "these goroutines still run") || !strings.Contains(err.Error(), "TestLeaksAreFound") {
			t.Errorf("the leak is not named: %v", err)
		}
	})
}
