package actors

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// deadlines is a connection that takes what is written, and notes its deadlines.
type deadlines struct {
	net.Conn
	at  time.Time
	set int
}

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.at, d.set = at, d.set+1
	return nil
}

func (d *deadlines) Write(b []byte) (int, error) { return len(b), nil }

// A write has its timeout, and at most as much more as a deadline is kept, and deadlines are not set
// for each write.
func TestADeadlineIsKeptForSomeWrites(t *testing.T) {
	for _, timeout := range []time.Duration{linkWriteTimeout, peerTimeout, clientTimeout} {
		synctest.Test(t, func(t *testing.T) {
			conn := &deadlines{}
			o, kept := outbox{conn: conn, timeout: timeout}, min(deadlineKept, timeout)
			begun := time.Now()
			for range 1000 {
				o.buf = append(o.buf, 1)
				if err := o.flush(); err != nil {
					t.Fatal(err)
				}
				if left := time.Until(conn.at); left < timeout || left > timeout+kept {
					t.Fatalf("a write of %v has %v", timeout, left)
				}
				time.Sleep(7 * time.Millisecond)
			}
			if most := int(time.Since(begun)/kept) + 1; conn.set > most {
				t.Errorf("%d deadlines in %v, want at most %d", conn.set, time.Since(begun), most)
			}
			o.timeout = quickRead // as for a client that does not read
			o.buf = append(o.buf, 1)
			if err := o.flush(); err != nil {
				t.Fatal(err)
			}
			if left := time.Until(conn.at); left > 2*quickRead {
				t.Errorf("after the timeout has changed to %v, a write has %v", quickRead, left)
			}
			o.timeout = timeout
			o.buf = append(o.buf, 1)
			o.finish()
			if left := time.Until(conn.at); left > min(timeout, time.Second) {
				t.Errorf("the last write has %v", left)
			}
		})
	}
}
