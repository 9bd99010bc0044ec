package ringtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// program returns a client of the program under test.
func program(t *testing.T, cfg client.Config) *client.Client {
	t.Helper()
	c, err := client.New(cfg)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// What a program is told is on record, whatever its hosts go through, and agrees with the logs.
func TestConfigRecords(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		cfg := r.Config()
		cfg.Order = client.RoundRobin
		c := program(t, cfg)
		defer c.Close()
		r.Host("MV").Actor("router").Panic(ringtest.Nth(3, "Take"))
		sequence := func(yield func(string) bool) {
			for i := range 400 {
				if i == 200 {
					r.Host("PA").Crash()
				}
				if !yield(fmt.Sprint("text ", i)) {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}
		summary, err := c.SendAll(t.Context(), sequence, nil)
		must(t, err)
		for i := range 10 {
			if _, err := c.Send(t.Context(), fmt.Sprint("one by one ", i), client.WithCopies(2)); err != nil {
				t.Error(err)
			}
		}
		if got := r.Acknowledged(); got != summary.Acknowledged+10 {
			t.Errorf("on record are %d, and the program was told of %d and 10", got, summary.Acknowledged)
		}
		r.Host("PA").Start()
		r.RequireSettled()
	})
}

// A message that is lost with its host, and one that no host takes, are no fault; a line that the
// program did not send is one.
func TestConfigRecordsWhatIsNotKept(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		c := program(t, r.Config())
		defer c.Close()
		_, err := c.Send(t.Context(), "first", client.WithKey("k"))
		must(t, err)
		again, err := c.Send(t.Context(), "first", client.WithKey("k"), client.WithCopies(3))
		must(t, err)
		if again.Copies != 3 || again.ID.Seq != 1 {
			t.Errorf("sent again with its key: %+v", again)
		}
		var refused *client.RefusedError
		if _, err := c.Send(t.Context(), "second", client.WithKey("k")); !errors.As(err, &refused) || refused.Refusal != client.RefusalKeyReused {
			t.Errorf("another text with the key: %v", err)
		}
		for _, h := range r.Hosts() {
			h.Pause()
		}
		if _, err := c.Send(t.Context(), "to nobody", client.WithTimeout(time.Second)); !errors.Is(err, client.ErrUnacknowledged) {
			t.Errorf("%v", err)
		}
		r.Heal()
		_, err = c.Send(t.Context(), "last")
		must(t, err)
		r.RequireSettled()
		if texts := r.Host("G").Texts(); !slices.Contains(texts, "first") || slices.Contains(texts, "second") || !slices.Contains(texts, "last") {
			t.Errorf("%q", texts)
		}
		stranger, err := client.New(client.Config{Hosts: r.Addresses(), Dial: r.Dial})
		must(t, err)
		defer stranger.Close()
		_, err = stranger.Send(context.Background(), "from elsewhere")
		must(t, err)
		if err := r.Settle(); err == nil || !strings.Contains(err.Error(), "nobody sent it") {
			t.Errorf("a line of another client: %v", err)
		}
	})
}
