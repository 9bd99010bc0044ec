package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
)

// bubble runs a test in virtual time, with a network.
func bubble(t *testing.T, test func(t *testing.T, n *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newNetwork(t)) })
}

// day returns a context that ends after a day: a loop that waits in vain then fails its test.
func day(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
	t.Cleanup(cancel)
	return ctx
}

func sameIDs(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What is in the log comes, and then what comes, in the order of the log.
func TestFollow(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		all := slices.Concat(runOf("A", 1, 1, 200), runOf("B", 36, 1, 3), runOf("A", 1, 201, 300))
		h := newLogHost(n, "a", all[:250]...)
		time.AfterFunc(time.Hour, func() { h.add(all[250:]...) })
		c := n.client(n.config(Random, "a"))
		sameIDs(t, collect(t, c.Follow(day(t), Begin()), len(all)), ids(all))
		if got := n.dialled("a"); got != 1 {
			t.Errorf("%d dials", got)
		}
	})
}

// Each message has the position after it: who goes on from any of them, by its text, gets
// exactly the rest.
func TestAnyPositionCanBeGoneOnFrom(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		all := slices.Concat(runOf("A", 1, 1, 5), runOf("B", 36, 1, 3), runOf("A", 1, 6, 8), runOf("A", 2, 1, 2))
		newLogHost(n, "a", all...)
		c := n.client(n.config(Random, "a"))
		var positions []string
		for m, err := range c.Read(day(t), Begin()) {
			if err != nil {
				t.Fatal(err)
			}
			text, err := m.Position().MarshalText()
			if err != nil {
				t.Error(err)
			}
			positions = append(positions, string(text))
		}
		if len(positions) != len(all) || positions[8] != "zog1:A.1.6,B.10.3" {
			t.Fatalf("the positions are %v", positions)
		}
		for i, text := range positions {
			from, err := ParsePosition(text)
			if err != nil {
				t.Fatal(err)
			}
			rest := all[i+1:]
			sameIDs(t, collect(t, c.Read(day(t), from), len(rest)+1), ids(rest))
		}
	})
}

// Whatever happens to the hosts, which have the same runs in orders of their own, a reader gets
// each message once, and those of a run in order.
func TestFollowGoesOnElsewhere(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				r := rand.New(rand.NewPCG(seed, 1))
				runs := [][]logLine{runOf("A", 1, 1, 300), runOf("B", 36, 1, 200), runOf("C", 5, 1, 250)}
				total := 750
				hosts := map[string]*logHost{}
				for _, a := range five {
					hosts[a] = newLogHost(n, a)
				}
				c := n.client(n.config(Order(r.IntN(2)), five...))
				feeding := make(chan struct{})
				go func() {
					defer close(feeding)
					feed(r, hosts, runs)
				}()
				got := collect(t, c.Follow(day(t), Begin()), total)
				sameIDs(t, byRun(got), ids(slices.Concat(runs...)))
				<-feeding
			})
		})
	}
}

// feed gives the messages of some runs to hosts, to each in an order of its own, and lets the
// hosts fail meanwhile.
func feed(r *rand.Rand, hosts map[string]*logHost, runs [][]logLine) {
	have := map[string][]int{}
	for _, a := range five {
		have[a] = make([]int, len(runs))
	}
	for left := true; left; {
		left = false
		time.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
		for _, a := range five {
			for i, run := range runs {
				at := have[a][i]
				next := min(len(run), at+r.IntN(20))
				hosts[a].add(run[at:next]...)
				have[a][i] = next
				left = left || next < len(run)
			}
		}
		victim := hosts[five[r.IntN(len(five))]]
		victim.change(func() {
			victim.ends, victim.silent, victim.refuses = 0, false, ""
			switch r.IntN(6) {
			case 0:
				victim.ends = 1 + r.IntN(40)
			case 1:
				victim.silent = true
			case 2:
				victim.refuses = "no"
			}
		})
	}
	for _, a := range five {
		hosts[a].change(func() { hosts[a].ends, hosts[a].silent, hosts[a].refuses = 0, false, "" })
	}
}

// A host that falls silent is left within Config.Silence, one that has nothing to send never.
func TestFollowLeavesASilentHost(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		all := runOf("A", 1, 1, 20)
		a, b := newLogHost(n, "a", all[:10]...), newLogHost(n, "b", all[:10]...)
		c := n.client(n.config(RoundRobin, "a", "b"))
		var quiet time.Time
		time.AfterFunc(3*time.Hour, func() {
			quiet = time.Now()
			a.change(func() { a.silent = true })
			b.add(all[10:]...)
		})
		sameIDs(t, collect(t, c.Follow(day(t), Begin()), 20), ids(all))
		if took := time.Since(quiet); took > DefaultSilence {
			t.Errorf("it took %v", took)
		}
		if n.dialled("a") != 1 || n.dialled("b") != 1 {
			t.Errorf("dialled %v", n.dials)
		}
		a.change(func() { a.silent = false })
	})
}

// Since, Last and End are asked for once: the place that the first host found is that at which
// another goes on.
func TestAPlaceIsFoundOnce(t *testing.T) {
	all := slices.Concat(runOf("A", 1, 1, 10), runOf("B", 36, 1, 10))
	for name, tt := range map[string]struct {
		from Position
		want []logLine // of the 20 and 5 more
	}{
		"the beginning": {Begin(), slices.Concat(all, runOf("A", 1, 11, 15))},
		"a time":        {Since(time.Unix(1008, 0)), slices.Concat(runOf("A", 1, 8, 10), runOf("B", 36, 8, 10), runOf("A", 1, 11, 15))},
		"the last":      {Last(3), slices.Concat(runOf("B", 36, 8, 10), runOf("A", 1, 11, 15))},
		"none":          {Last(0), runOf("A", 1, 11, 15)},
		"the end":       {End(), runOf("A", 1, 11, 15)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				a, b := newLogHost(n, "a", all...), newLogHost(n, "b", slices.Concat(all[10:], all[:10])...)
				c := n.client(n.config(RoundRobin, "a", "b"))
				time.AfterFunc(time.Second, func() {
					a.change(func() { a.silent = true })
					a.add(runOf("A", 1, 11, 15)...)
					b.add(runOf("A", 1, 11, 15)...)
				})
				sameIDs(t, collect(t, c.Follow(day(t), tt.from), len(tt.want)), ids(tt.want))
				asked := b.questions()
				if len(asked) != 1 || len(asked[0].Marks) == 0 && name != "the beginning" || asked[0].SinceMs != 0 || asked[0].Last != 0 {
					t.Errorf("the second host was asked %v", asked)
				}
				a.change(func() { a.silent = false })
			})
		})
	}
}

// Resolve returns the place as a position with a text.
func TestResolve(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		h := newLogHost(n, "a", slices.Concat(runOf("A", 1, 4, 10), runOf("B", 36, 1, 10))...)
		h.retired[run("A", 1)] = 3
		c := n.client(n.config(Random, "a"))
		for want, from := range map[string]Position{
			"zog1:A.1.3": Begin(), "zog1:A.1.10,B.10.8": Last(2), "zog1:A.1.10,B.10.10": End(), "zog1:A.1.7,B.10.7": Since(time.Unix(1007, 0)), "zog1:C.1.7": {at: Position{}.at.After(run("C", 1), 7)},
		} {
			if _, err := from.MarshalText(); from.place.kind != atVector && err == nil {
				t.Errorf("%v has a text", from)
			}
			got, err := c.Resolve(t.Context(), from)
			if err != nil || got.String() != want {
				t.Errorf("%v is %v, %v; want %s", from, got, err, want)
			}
		}
	})
}

// What a host does not have any more is told, by run and range, and can be gone on from.
func TestHoles(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		h := newLogHost(n, "a", slices.Concat(runOf("A", 1, 6, 10), runOf("B", 36, 1, 3))...)
		h.retired[run("A", 1)] = 5
		h.retired[run("C", 1)] = 9
		c := n.client(n.config(Random, "a"))
		sameIDs(t, collect(t, c.Read(day(t), Begin()), 9), ids(h.entries)) // not told: it was so when it began
		from, err := ParsePosition("zog1:A.1.2")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var last Position
		for m, err := range c.Read(day(t), from) {
			var hole *HoleError
			switch {
			case errors.As(err, &hole):
				got, last = append(got, fmt.Sprintf("%v-%d", hole.First, hole.Last)), hole.Position()
			case err != nil:
				t.Fatal(err)
			default:
				got = append(got, m.ID.String())
			}
		}
		slices.Sort(got[:2])
		sameIDs(t, got, slices.Concat([]string{"A.1.3-5", "C.1.1-9"}, ids(h.entries)))
		if last.String() != "zog1:A.1.5,C.1.9" {
			t.Errorf("after the holes it is at %v", last)
		}
	})
}

// A host that leaves messages out, repeats some, or sends what cannot be, is left, and nothing of
// that reaches the reader.
func TestAHostThatSendsNonsense(t *testing.T) {
	all := runOf("A", 1, 1, 100)
	for name, spoil := range map[string]func(d *frame.Data) bool{
		"a gap":             func(d *frame.Data) bool { return d.Seq != 50 },
		"no CRLF":           func(d *frame.Data) bool { d.Text = d.Text[:len(d.Text)-2]; return true },
		"a control":         func(d *frame.Data) bool { d.Text = []byte("\x1b[2J" + crlf); return true },
		"an origin":         func(d *frame.Data) bool { d.Origin = []byte("a b"); return true },
		"no boot":           func(d *frame.Data) bool { d.Boot = 0; return true },
		"no seq":            func(d *frame.Data) bool { d.Seq = 0; return true },
		"far too high seqs": func(d *frame.Data) bool { d.Seq = math.MaxUint64 - 3; return true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				a := newLogHost(n, "a", all...)
				a.spoils = spoil
				newLogHost(n, "b", all...)
				c := n.client(n.config(RoundRobin, "a", "b"))
				sameIDs(t, collect(t, c.Follow(day(t), Begin()), 100), ids(all))
			})
		})
	}
	t.Run("repeats", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *network) {
			newLogHost(n, "a", slices.Concat(all[:50], all[10:])...).spoils = func(d *frame.Data) bool { return true }
			c := n.client(n.config(RoundRobin, "a"))
			sameIDs(t, collect(t, c.Follow(day(t), Begin()), 100), ids(all))
		})
	})
}

// Read ends at the end of the log, also when that is where it begins, and when other hosts have
// to be asked.
func TestRead(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		all := slices.Concat(runOf("A", 1, 1, 30), runOf("B", 36, 1, 30))
		a := newLogHost(n, "a", all...)
		a.ends = 40
		newLogHost(n, "b", slices.Concat(all[30:], all[:30])...)
		c := n.client(n.config(RoundRobin, "a", "b"))
		sameIDs(t, byRun(collect(t, c.Read(day(t), Begin()), 61)), ids(all))
		sameIDs(t, collect(t, c.Read(day(t), End()), 1), nil)
		sameIDs(t, collect(t, c.Read(day(t), Last(2)), 3), ids(all[58:]))
	})
}

// While no host can be reached that is said again and again, and the loop goes on when there is
// one.
func TestNoHostToFollow(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		c := n.client(n.config(Random, "a", "b"))
		began, said := time.Now(), 0
		for m, err := range c.Follow(day(t), Begin()) {
			if err == nil {
				if m.ID.String() != "A.1.1" || said != 12 {
					t.Errorf("%s after %d errors", m.ID.String(), said)
				}
				break
			}
			if said++; !errors.Is(err, ErrNoHost) || !strings.Contains(err.Error(), "connection refused") {
				t.Errorf("error %d: %v", said, err)
			}
			if said == 12 {
				if took := time.Since(began); took != time.Minute {
					t.Errorf("it took %v", took)
				}
				newLogHost(n, "b", runOf("A", 1, 1, 1)...)
			}
		}
	})
}

// Hosts that take connections and send what cannot be are told like those that cannot be reached.
func TestNoHostSendsWhatIsWanted(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		a := newLogHost(n, "a", runOf("A", 1, 1, 10)...)
		a.spoils = func(d *frame.Data) bool { return d.Seq != 1 }
		c := n.client(n.config(Random, "a"))
		began, said := time.Now(), 0
		for _, err := range c.Follow(day(t), Begin()) {
			if !errors.Is(err, ErrNoHost) || !strings.Contains(err.Error(), "a: the host left messages out") {
				t.Errorf("%v", err)
			}
			if said++; said == 3 {
				break
			}
		}
		if took := time.Since(began); took < 3*DefaultTimeout || took > 6*DefaultTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

// Why a host refuses is said.
func TestAHostThatRefusesFollowers(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		newLogHost(n, "a").refuses = "client/x has the roles send, and lacks follow"
		n.serve("b", func(p *peer) {
			p.question()
			p.say(frame.Ok{Refusal: 8, Detail: "100 followers"})
			p.drain()
		})
		c := n.client(n.config(RoundRobin, "a", "b"))
		for _, err := range c.Follow(day(t), Begin()) {
			if !errors.Is(err, ErrNoHost) || !strings.Contains(err.Error(), "lacks follow") || !strings.Contains(err.Error(), "100 followers") {
				t.Errorf("%v", err)
			}
			break
		}
		if _, err := c.Resolve(t.Context(), End()); !errors.Is(err, ErrNoHost) {
			t.Errorf("%v", err)
		}
	})
}

// The loop ends with the context and with the client, and says so.
func TestTheEndOfFollow(t *testing.T) {
	why := errors.New("why")
	for name, tt := range map[string]struct {
		hosts []logLine
		end   func(*Client, context.CancelCauseFunc)
		want  error
	}{
		"cancelled":               {runOf("A", 1, 1, 3), func(_ *Client, cancel context.CancelCauseFunc) { cancel(why) }, why},
		"closed":                  {runOf("A", 1, 1, 3), func(c *Client, _ context.CancelCauseFunc) { c.Close() }, ErrClosed},
		"cancelled while waiting": {nil, func(_ *Client, cancel context.CancelCauseFunc) { cancel(why) }, why},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				newLogHost(n, "a", tt.hosts...)
				c := n.client(n.config(Random, "a"))
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(time.Minute, func() { tt.end(c, cancel) })
				got, began := 0, time.Now()
				for _, err := range c.Follow(ctx, Begin()) {
					switch {
					case err == nil:
						got++
					case !errors.Is(err, tt.want):
						t.Errorf("it ended with %v", err)
					}
				}
				if got != len(tt.hosts) || time.Since(began) != time.Minute {
					t.Errorf("%d messages, ended after %v", got, time.Since(began))
				}
			})
		})
	}
}

// One who takes an hour for a message is cut off, and misses nothing.
func TestASlowReader(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		all := runOf("A", 1, 1, 5000)
		newLogHost(n, "a", all...)
		c := n.client(n.config(Random, "a"))
		var got []string
		for m, err := range c.Follow(day(t), Begin()) {
			if err != nil {
				t.Fatal(err)
			}
			if len(got)%500 == 0 {
				time.Sleep(time.Hour)
			}
			if got = append(got, m.ID.String()); len(got) == len(all) {
				break
			}
		}
		sameIDs(t, got, ids(all))
	})
}

// A busy follower says something too: a host closes a connection on which nothing comes.
func TestABusyFollowerSendsKeepAlives(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		h := newLogHost(n, "a")
		stop := make(chan struct{})
		go func() {
			for seq := uint64(1); ; seq++ {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					h.add(runOf("A", 1, seq, seq)...)
				}
			}
		}()
		defer close(stop)
		c := n.client(n.config(Random, "a"))
		collect(t, c.Follow(day(t), Begin()), 6000)
		if got := h.keepAlives(); got < 9 || got > 11 {
			t.Errorf("%d keep-alives in ten minutes", got)
		}
	})
}

// A vector that is longer than a frame is sent whole.
func TestALongPosition(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		h := newLogHost(n, "a", runOf("A", 1, 1, 3)...)
		v := new(marks.Vector)
		for boot := uint64(1); boot <= 2000; boot++ {
			v.Set(marks.Mark{Run: run("A", boot), Seq: 2})
		}
		c := n.client(n.config(Random, "a"))
		from, err := ParsePosition(Position{at: positionOf(v)}.String())
		if err != nil {
			t.Fatal(err)
		}
		sameIDs(t, collect(t, c.Follow(day(t), from), 1), []string{"A.1.3"})
		if got := len(h.questions()[0].Marks); got != 2000 {
			t.Errorf("%d marks", got)
		}
	})
}
