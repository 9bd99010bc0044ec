package client

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// A program hears when a connection is lost, and what is sent again, of Send and of SendAll, by the
// hooks and the logger; and not that it closes the client itself.
func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		lose := func(p *peer) {
			p.data(1)
			n.serve("a", func(p *peer) {
				p.data(1)
				p.data(2)
				p.data(3)
				p.hangUp()
				n.serve("a", new(obliging).talk)
			})
			p.hangUp()
		}
		n.serve("a", lose)
		var mu sync.Mutex
		var told []string
		tell := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprintf(format, args...))
		}
		var log bytes.Buffer
		cfg := n.config(Specific, "a")
		cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		cfg.OnHostLost = func(host string, reason error) { tell("lost %s: %v", host, reason) }
		cfg.OnResend = func(host string, messages int) { tell("%d again to %s", messages, host) }
		c := n.client(cfg)
		done := make(chan error)
		go func() {
			_, err := c.Send(t.Context(), "one")
			done <- err
		}()
		synctest.Wait()
		if _, err := c.SendAll(t.Context(), slices.Values([]string{"two", "three"}), nil); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		c.Close()
		synctest.Wait()
		lost := "lost a: the host closed the connection"
		slices.Sort(told)
		if diff := cmp.Diff([]string{"1 again to a", "1 again to a", "2 again to a", lost, lost}, told); diff != "" {
			t.Errorf("want, got:\n%s", diff)
		}
		for text, times := range map[string]int{
			`level=WARN msg="the connection to a host is lost" host=a reason="the host closed the connection"`: 2,
			`level=INFO msg="messages are sent again" host=a messages=2`:                                       1,
		} {
			if got := bytes.Count(log.Bytes(), []byte(text)); got != times {
				t.Errorf("%d times %q in\n%s", got, text, log.String())
			}
		}
	})
}
