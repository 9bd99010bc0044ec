package rings_test

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// follower is a client that follows the log of a host, frame by frame.
type follower struct {
	*wire
	position marks.Vector
	lastID   uint64
	lines    []string // as they are in the log
	holes    []marks.Mark
}

// follow asks host i for all that a position lacks, and takes the answer.
func (r *memoryRing) follow(i int, from *marks.Vector, ask *pzog.KeepAlive) *follower {
	r.t.Helper()
	f, err := r.tryFollow(i, from, ask)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// beginning is the position of a client that has nothing.
func beginning() *marks.Vector { return new(marks.Vector) }

func (r *memoryRing) tryFollow(i int, from *marks.Vector, ask *pzog.KeepAlive) (*follower, error) {
	r.t.Helper()
	conn, err := r.DialBelow(r.t.Context(), fromAfar, netip.AddrPortFrom(r.address(i), r.ring.Ports.Client))
	if err != nil {
		return nil, err
	}
	r.t.Cleanup(func() { conn.Close() })
	f := &follower{wire: &wire{t: r.t, conn: conn, patience: 10 * time.Second}}
	ask.Version, ask.Follow = 1, true
	ask.Marks = nil
	for _, m := range from.Marks() {
		ask.Marks = append(ask.Marks, &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First})
	}
	if _, err := conn.Write(frame.AppendKeepAlive(nil, ask, frame.ClientLimit)); err != nil {
		return nil, err
	}
	for more := true; more; {
		got, err := f.answer()
		if err != nil {
			return nil, err
		}
		if got.Kind != frame.Ack || got.Ack.Delta || got.Ack.Host != r.ring.Hosts[i].Name {
			r.t.Fatalf("answered by %+v", got)
		}
		for _, m := range got.Ack.Marks {
			f.position.Set(marks.Mark{Run: marks.Run{Origin: m.Origin, Boot: m.Boot}, Seq: m.Seq})
		}
		more = got.Ack.More
	}
	return f, nil
}

// keepAlive is a sign of life of a client.
func keepAlive() []byte {
	return frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)
}

// next takes the next frame that is no sign of life. It returns false if none comes.
func (f *follower) next() bool {
	f.t.Helper()
	got, err := f.answer()
	if err != nil {
		return false
	}
	f.take(&got)
	return true
}

// take takes a frame that is no sign of life.
func (f *follower) take(got *frame.Frame) {
	f.t.Helper()
	switch {
	case got.Kind == frame.Ack && got.Ack.Delta && got.Ack.Refused == "":
		f.hole(got.Ack.Marks)
	case got.Kind == frame.DataKind:
		f.data(&got.Data)
	case got.Kind == frame.Ack && got.Ack.Refused != "":
	default:
		f.t.Fatalf("a follower is sent %+v", got)
	}
}

func (f *follower) hole(told []*pzog.Mark) {
	for _, m := range told {
		run := marks.Run{Origin: m.Origin, Boot: m.Boot}
		if m.First != m.Seq+1 || m.Seq <= f.position.Seq(run) {
			f.t.Errorf("a hole is told by %v, and the position is %d", m, f.position.Seq(run))
		}
		f.holes = append(f.holes, marks.Mark{Run: run, First: f.position.Seq(run) + 1, Seq: m.Seq})
		f.position.Raise(run, m.Seq)
	}
}

func (f *follower) data(d *frame.Data) {
	run := marks.Run{Origin: string(d.Origin), Boot: d.Boot}
	if d.ID != f.lastID+1 || d.Seq != f.position.Seq(run)+1 {
		f.t.Errorf("id %d behind %d, seq %d behind %d", d.ID, f.lastID, d.Seq, f.position.Seq(run))
	}
	f.lastID = d.ID
	f.position.Raise(run, d.Seq)
	rec := record.Record{Origin: run.Origin, Boot: run.Boot, Seq: d.Seq, Time: d.TimeMS / 1000, Text: d.Text}
	var format record.Formatter
	f.lines = append(f.lines, string(format.Append(nil, &rec)))
}

// await takes frames until there are n lines.
func (f *follower) await(n int) {
	f.t.Helper()
	for len(f.lines) < n {
		if !f.next() {
			f.t.Fatalf("%d of %d messages have come", len(f.lines), n)
		}
	}
}

// A follower is sent what is in the log, in its order, and then what comes.
func TestAFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.SyncTakes(20*time.Millisecond))
		r.send(0, texts("one", 100)...)
		r.send(1, texts("two", 100)...)
		time.Sleep(time.Second)
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(200)
		r.send(0, texts("three", 100)...)
		f.await(300)
		if lines := r.lines(0); !slices.Equal(f.lines, lines) {
			t.Errorf("%d lines were sent, which are not the %d of the log", len(f.lines), len(lines))
		}
	})
}

// A follower goes on at another host from its position.
func TestAFollowerGoesOnAtAnotherHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		r.send(0, texts("one", 1000)...)
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(300)
		f.conn.Close()
		time.Sleep(time.Second)
		g := r.follow(1, &f.position, new(pzog.KeepAlive))
		g.await(700)
		all := append(f.lines, g.lines...)
		slices.Sort(all)
		if lines := r.requireEqual(0, 1); !slices.Equal(all, lines) {
			t.Errorf("%d lines were sent, which are not the %d of the log", len(all), len(lines))
		}
	})
}

// Nothing is sent before it is durable, so that no follower has what the host may lose.
func TestAFollowerIsSentWhatIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, "durable")
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(1)
		hang := r.hosts[0].Disk().Hang("sync")
		conn, err := r.dial(0)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("not yet\r\n")})); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if got, err := f.try(); err != nil || !isSign(got) {
				t.Errorf("while the sync hangs it is sent %+v, %v", got, err)
			}
		}
		hang.Heal()
		f.await(2)
	})
}
