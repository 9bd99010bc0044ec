package client

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

func TestIDText(t *testing.T) {
	id := ID{Origin: "LA", Boot: 94521311, Seq: 42}
	line, err := json.Marshal(id)
	if got := id.String(); got != "LA.1k9x3z.42" || err != nil || string(line) != `"LA.1k9x3z.42"` {
		t.Errorf("%s, %s, %v", got, line, err)
	}
	if got := (ID{}).String(); got != "" {
		t.Errorf("none is %q", got)
	}
}

// An Ok that no host sends names nothing, rather than what would be shown as an identity.
func TestAnIdentityThatNoMessageHas(t *testing.T) {
	good := frame.Ok{Origin: "LA", Boot: 1, Seq: 3}
	if got, want := firstAnswered(&good, 3), (ID{"LA", 1, 1}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	for name, ok := range map[string]frame.Ok{
		"none":                 {},
		"an escape":            {Origin: "L\x1bA", Boot: 1, Seq: 3},
		"no origin":            {Boot: 1, Seq: 3},
		"no boot":              {Origin: "LA", Seq: 3},
		"a large boot":         {Origin: "LA", Boot: record.MaxBoot + 1, Seq: 3},
		"fewer than there are": {Origin: "LA", Boot: 1, Seq: 2},
		"a large seq":          {Origin: "LA", Boot: 1, Seq: record.MaxSeq + 1},
	} {
		if got := firstAnswered(&ok, 3); got != (ID{}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Each text of a SendAll has its own identity: those of an Ok count down from its id, across texts
// that were refused here, are answered on another connection, or by another host.
func TestSendAllIdentities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id := range uint64(6) {
				p.data(id + 1)
			}
			p.say(frame.Ok{ID: 2, Copies: 1, Origin: "A", Boot: 36, Seq: 8})
			p.say(frame.Ok{ID: 3, Refusal: pzog.Refusal_CONTROL})
			p.say(frame.Ok{ID: 4, Copies: 1, Origin: "A", Boot: 36, Seq: 9})
			p.hangUp()
		})
		n.serve("b", func(p *peer) { // of the last two, the first is a duplicate
			p.data(1)
			p.data(2)
			p.data(3)
			p.say(frame.Ok{ID: 1, Copies: 1, Origin: "A", Boot: 36, Seq: 10})
			p.say(frame.Ok{ID: 3, Copies: 1, Origin: "B", Boot: 37, Seq: 2})
			p.drain()
		})
		var got []string
		texts := func(yield func(string) bool) {
			for _, text := range []string{"1", "\n", "2", "bad", "3", "4", "5"} {
				if !yield(text) {
					return
				}
			}
			synctest.Wait()
			yield("6")
		}
		_, err := n.client(n.config(RoundRobin, "a", "b")).SendAll(t.Context(), texts, func(r Result) {
			got = append(got, fmt.Sprintf("%q %v", r.Text, r.ID))
		})
		want := []string{`"1" A.10.7`, `"\n" `, `"2" A.10.8`, `"bad" `, `"3" A.10.9`, `"4" A.10.10`, `"5" B.11.1`, `"6" B.11.2`}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v; want, got:\n%s", err, diff)
		}
	})
}

// Texts with consecutive identities are one entry of the tracker, however many they are.
func TestConsecutiveIdentitiesAreOneEntry(t *testing.T) {
	at := func(seq uint64) outcome { return outcome{host: "a", copies: 1, id: ID{"A", 1, seq}} }
	tr := tracker{resend: true}
	tr.record(3, at(1))
	tr.record(2, at(4))
	tr.record(1, at(9))
	tr.record(2, outcome{host: "a", copies: 1})
	tr.record(2, outcome{host: "a", copies: 1})
	got := tr.takeReady(nil)
	want := []entry{{5, false, at(1)}, {1, false, at(9)}, {4, false, outcome{host: "a", copies: 1}}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// What is answered late, together with what has an outcome already, keeps its own identity.
func TestIdentitiesBehindOverdueTexts(t *testing.T) {
	cfg := Config{Hosts: []string{"a"}}
	cfg, _ = cfg.withDefaults()
	p := newPipeline(&cfg)
	p.round = &round{pipeline: p, overdue: 2}
	p.resolve(p.round, 5, outcome{host: "a", copies: 1, id: ID{"A", 1, 10}})
	want := []entry{{3, false, outcome{host: "a", copies: 1, id: ID{"A", 1, 12}}}}
	if got := p.tracker.takeReady(nil); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// Calls that one Ok answers have an identity each.
func TestSendsThatAreAnsweredTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			p.data(2)
			p.say(frame.Ok{ID: 2, Copies: 1, Origin: "A", Boot: 1, Seq: 7})
			p.drain()
		})
		c, ids := n.client(n.config(Specific, "a")), make(chan string, 2)
		for range 2 {
			go func() {
				receipt, err := c.Send(t.Context(), "x")
				ids <- fmt.Sprint(receipt.ID, err)
			}()
		}
		got := []string{<-ids, <-ids}
		slices.Sort(got)
		if want := []string{"A.1.6 <nil>", "A.1.7 <nil>"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}
