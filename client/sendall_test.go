package client

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// numbered is n texts, each its own number.
func numbered(n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < n && yield(fmt.Sprint(i)); i++ {
		}
	}
}

// fates collects reports, and fails the test where they are not in order.
type fates struct {
	t    *testing.T
	list []string
}

func (f *fates) report(r Result) {
	if r.Index != len(f.list) {
		f.t.Errorf("the report of %d comes as number %d", r.Index, len(f.list))
	}
	var refused *RefusedError
	var short *CopiesError
	fate := "ok"
	switch {
	case errors.As(r.Err, &refused):
		fate = pzog.Refusal(refused.Refusal).String()
	case errors.As(r.Err, &short):
		fate = fmt.Sprintf("%d/%d", short.Have, short.Want)
	case errors.Is(r.Err, ErrUnacknowledged):
		fate = "lost"
	case r.Err != nil:
		fate = "unsent"
	}
	if r.Err != nil && r.Err.Error() == "" {
		f.t.Errorf("the report of %d has an error that says nothing", r.Index)
	}
	f.list = append(f.list, strings.TrimSpace(fmt.Sprintf("%.8s %s %s", r.Text, fate, r.Host)))
}

func (f *fates) want(want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.list); diff != "" {
		f.t.Errorf("want, got:\n%s", diff)
	}
}

func wantSummary(t *testing.T, got, want Summary) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Summary{}, "Elapsed")); diff != "" {
		t.Errorf("want, got:\n%s", diff)
	}
}

// TestSendAllMixed: refusals, here and by the host, and short copies in the
// middle of a pipeline touch exactly the texts they are about.
func TestSendAllMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id := range uint64(6) {
				p.data(id + 1)
			}
			p.say(frame.Ok{ID: 2, Copies: 2})
			p.say(frame.Ok{ID: 4, Copies: 3, Refusal: pzog.Refusal_CONTROL, Detail: "no"})
			p.say(frame.Ok{ID: 6, Copies: 1})
			p.drain()
		})
		cfg := n.config(Random, "a")
		cfg.MinCopies = 2
		f := fates{t: t}
		texts := []string{"\x01", "1", "2", "\n", "3", "4", "5", "6", "\r"}
		summary, err := n.client(cfg).SendAll(t.Context(), slices.Values(texts), f.report)
		if err != nil {
			t.Error(err)
		}
		f.want("\x01 CONTROL", "1 ok a", "2 ok a", "CONTROL", "3 ok a", "4 CONTROL a", "5 1/2 a", "6 1/2 a", "CONTROL")
		wantSummary(t, summary, Summary{Acknowledged: 5, Short: 2, Refused: 4, Hosts: []string{"a"}})
	})
}

// TestOnlyRefusals: a sequence ends though nothing of it travels, and though it is
// longer than the window.
func TestOnlyRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", new(obliging).talk)
		cfg := n.config(Random, "a")
		cfg.Window = 3
		f := fates{t: t}
		bad := slices.Repeat([]string{"\x00"}, 10)
		summary, err := n.client(cfg).SendAll(t.Context(), slices.Values(bad), f.report)
		if err != nil || len(f.list) != 10 {
			t.Errorf("%v, %d reports", err, len(f.list))
		}
		wantSummary(t, summary, Summary{Refused: 10})
	})
}

// TestSendAllLeavesTheUnfit: after a refusal that another host would not give,
// the answers are awaited, and what was refused goes there, and then the rest.
func TestSendAllLeavesTheUnfit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			for id := range uint64(4) {
				p.data(id + 1)
			}
			p.refuse(2, pzog.Refusal_STOPPING)
			time.Sleep(time.Second)
			p.ok(3)
			p.refuse(4, pzog.Refusal_STOPPING)
			for p.next() != nil { // what was sent before the first refusal was heard
				p.refuse(5, pzog.Refusal_STOPPING)
			}
		})
		n.serve("b", b.talk)
		cfg := n.config(RoundRobin, "a", "b")
		cfg.Window = 4
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(t.Context(), numbered(7), f.report)
		if err != nil {
			t.Error(err)
		}
		f.want("0 ok a", "1 ok b", "2 ok a", "3 ok b", "4 ok b", "5 ok b", "6 ok b")
		wantSummary(t, summary, Summary{Acknowledged: 7, Hosts: []string{"a", "b"}})
		if got := b.taken(); !slices.Equal(got, []string{"1", "3", "4", "5", "6"}) {
			t.Errorf("b took %v", got)
		}
	})
}

// TestSendAllStaysWithTheOnlyHost: where there is no other, what a host refuses it
// is asked again to take, less and less often; and the refusal stops nothing.
func TestSendAllStaysWithTheOnlyHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, came := newNetwork(t), uint64(0)
		n.serve("a", func(p *peer) {
			for p.next() != nil {
				came++
				p.refuse(came, pzog.Refusal_STORAGE)
			}
		})
		cfg := n.config(Specific, "a")
		cfg.Window = 2
		summary, err := n.client(cfg).SendAll(t.Context(), numbered(20), nil)
		if err != nil {
			t.Error(err)
		}
		wantSummary(t, summary, Summary{Refused: 20, Hosts: []string{"a"}})
		if most := 20 * DefaultTimeout; summary.Elapsed > most || came > 2*20 || len(n.dials) != 1 {
			t.Errorf("after %v: %d came over %d connections", summary.Elapsed, came, len(n.dials))
		}
	})
}

// TestSendAllReconnects: the specific host is waited for, and the rest goes to
// it; when it does not come back the rest is not sent.
func TestSendAllReconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, later := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			n.serve("a", nil)
			p.data(1)
			p.ok(1)
			p.hangUp()
			time.AfterFunc(2*time.Second, func() { n.serve("a", later.talk) })
		})
		cfg := n.config(Specific, "a")
		cfg.Timeout = 10 * time.Second // the first waits add up to 5.25 s at most
		c := n.client(cfg)
		f := fates{t: t}
		texts := func(yield func(string) bool) {
			yield("0")
			synctest.Wait()
			yield("1")
			synctest.Wait()
			n.serve("a", nil)
			cn, _ := c.current(0)
			cn.fail(errHostClosed)
			yield("2")
		}
		summary, err := c.SendAll(t.Context(), texts, f.report)
		if !errors.Is(err, ErrNoHost) || !errors.Is(err, errRefused) {
			t.Errorf("the error is %v", err)
		}
		f.want("0 ok a", "1 ok a", "2 unsent")
		wantSummary(t, summary, Summary{Acknowledged: 2, Unsent: 1, Hosts: []string{"a"}})
	})
}
