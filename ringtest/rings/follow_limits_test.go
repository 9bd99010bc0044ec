package rings_test

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// A follower to which nothing is to be sent hears each second that the host is there, and at once if
// it asks.
func TestAnIdleFollowerHearsSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, "text")
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		f.await(1)
		heard := time.Now()
		for range 100 {
			got, err := f.try()
			if err != nil || !isSign(got) {
				t.Fatalf("%+v, %v", got, err)
			}
			if silent := time.Since(heard); silent > 1500*time.Millisecond {
				t.Fatalf("it was silent for %v", silent)
			}
			heard = time.Now()
			if heard.Second()%10 == 0 {
				f.write(keepAlive())
				if got, err := f.try(); err != nil || !isSign(got) || time.Since(heard) > 10*time.Millisecond {
					t.Fatalf("a keepAlive is answered by %+v, %v", got, err)
				}
			}
		}
	})
}

// A client that reads nothing is closed after limits.follower_timeout, and others are sent what comes
// meanwhile. It goes on from its position.
func TestAFollowerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("limits: {follower_timeout: 20s}"))
		r.send(0, texts(strings.Repeat("long ", 90), 4000)...)
		stuck := r.follow(0, beginning(), new(pzog.KeepAlive))
		stuck.await(10)
		reads := r.follow(0, beginning(), new(pzog.KeepAlive))
		reads.await(4000)
		begun := time.Now()
		for r.Said("not read") == 0 && time.Since(begun) < 30*time.Second && !strings.Contains(r.file(0, "error.log"), "does not read") {
			r.send(0, "one more")
			reads.await(len(r.lines(0)))
			stuck.write(keepAlive())
			time.Sleep(time.Second)
		}
		if took := time.Since(begun); took < 18*time.Second || took > 25*time.Second {
			t.Errorf("it is closed after %v", took)
		}
		for stuck.next() {
		}
		again := r.follow(0, &stuck.position, new(pzog.KeepAlive))
		again.await(len(r.lines(0)) - len(stuck.lines))
	})
}

// A client that reads slowly is not closed.
func TestAFollowerThatReadsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("limits: {follower_timeout: 20s}"))
		r.send(0, texts(strings.Repeat("long ", 90), 2000)...)
		f := r.follow(0, beginning(), new(pzog.KeepAlive))
		for len(f.lines) < 2000 {
			f.await(min(len(f.lines)+30, 2000))
			f.write(keepAlive())
			time.Sleep(3 * time.Second)
		}
	})
}

// Only so many clients follow, in all and from one address. Another one is told so, stays connected, and
// may ask again.
func TestTooManyFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("limits: {followers: 3, followers_per_address: 2}"))
		r.send(0, "text")
		first := r.follow(0, beginning(), new(pzog.KeepAlive))
		r.follow(0, beginning(), new(pzog.KeepAlive))
		ask := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Follow: true}, frame.ClientLimit)
		third := r.client()
		third.write(ask)
		r.requireRefused(third, "too many followers at a time from one address")
		third.write(keepAlive())
		if f, err := third.try(); err != nil || !isSign(f) {
			t.Errorf("then it is sent %+v, %v", f, err)
		}
		ring := *r.ring
		ring.Limits.Followers, ring.Limits.FollowersPerAddress = 2, 2
		first.conn.Close()
		time.Sleep(time.Second)
		third.write(ask)
		if f, err := third.answer(); err != nil || f.Kind != frame.Ack {
			t.Errorf("once there is a place it is sent %+v, %v", f, err)
		}
		r.hosts[0].Daemon().Reload(&ring, nil)
		fourth := r.dialPort(netip.MustParseAddr("127.0.55.202"), r.ring.Ports.Client)
		fourth.write(ask)
		r.requireRefused(fourth, "too many followers at a time")
	})
}

// What a client that follows may not do closes its connection, and is in error.log.
func TestWhatAFollowerMayNotDo(t *testing.T) {
	follow := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Follow: true}, frame.ClientLimit)
	part := oneFrame(t, &pzog.KeepAlive{Version: 1, Follow: true, More: true, Marks: []*pzog.Mark{{Origin: "MV", Boot: 1, Seq: 1}}})
	message := frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n"), MinCopies: 2, TimeoutMS: 60_000})
	survey := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Survey: true}, frame.ClientLimit)
	for name, tt := range map[string]struct {
		frames [][]byte
		want   string
	}{
		"follow twice":         {[][]byte{follow, follow}, "it follows already"},
		"send":                 {[][]byte{follow, message}, "it follows, and may send keepAlives only"},
		"send before all came": {[][]byte{part, message}, "it follows, and may send keepAlives only"},
		"survey":               {[][]byte{follow, survey}, "it follows, and may send keepAlives only"},
		"follow while it owes": {[][]byte{message, follow}, "it asks to follow before its messages or its survey are answered"},
		"marks do not come":    {[][]byte{part}, "it asks to follow, and its marks do not come"},
		"a mark nobody has": {[][]byte{frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Follow: true, Marks: []*pzog.Mark{{Origin: "MV", Seq: 1}}}, frame.ClientLimit)},
			"a mark that no host can have"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				r.start(0)
				w := r.client()
				for _, f := range tt.frames {
					w.write(f)
					time.Sleep(100 * time.Millisecond)
				}
				for err := error(nil); err == nil; {
					_, err = w.try()
				}
				if lines := r.errorLines(); len(lines) != 1 || !strings.Contains(lines[0], tt.want) {
					t.Errorf("error.log: %q, want one line with %q", lines, tt.want)
				}
				f := r.follow(0, beginning(), new(pzog.KeepAlive))
				r.send(0, "unharmed")
				f.await(1)
			})
		})
	}
}

// Marks may come in many frames, and so may the answer.
func TestAFollowerWithManyMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, texts("text", 10)...)
		run := r.hosts[0].Daemon().Present().Run
		var from marks.Vector
		for boot := range uint64(1000) {
			from.Raise(marks.Run{Origin: "LA", Boot: boot + 1}, boot+1)
		}
		from.Raise(run, 4)
		f := r.follow(0, &from, new(pzog.KeepAlive))
		if len(f.position.Changes(&from)) > 0 {
			t.Errorf("the position is another one: %v", f.position.Changes(&from))
		}
		f.await(6)
	})
}

// With TLS a client follows if its certificate has the role.
func TestTheRoleOfAFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		for roles, want := range map[trust.Roles]string{
			trust.Follow: "", trust.Send | trust.Follow: "", trust.Send: "follow",
		} {
			owner := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "tail", Roles: roles}, h.ca)
			plain, err := h.Dial(t.Context(), fromAfar, h.address(0, false))
			if err != nil {
				t.Fatal(err)
			}
			w := &wire{t: t, conn: tls.Client(plain, owner.DialHost("")), patience: time.Second}
			w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Follow: true}, frame.ClientLimit))
			f, err := w.answer()
			if err != nil || f.Kind != frame.Ack || (f.Ack.Refused == "") != (want == "") || !strings.Contains(f.Ack.Refused, want) {
				t.Errorf("roles %v: answered by %+v, %v", roles, f, err)
			}
			w.conn.Close()
		}
	})
}
