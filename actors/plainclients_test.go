package actors

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus/hooks/test"

	"xlattice.org/zog/internal/config"
)

// Clients in plain text are said while both are taken: each address once in a while, and not too many.
func TestClientsInPlainTextAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := config.Loopback(1)
		id := &identity{}
		log, said := test.NewNullLogger()
		plain := &plainClients{id: id, log: log}
		in := func(mode config.TLSMode) {
			next := *ring
			next.TLS.Mode = mode
			id.file.Store(newRingFile(&next, nil))
		}
		lines := func(want ...string) {
			t.Helper()
			var got []string
			for _, e := range said.AllEntries() {
				text := e.Message
				if left := e.Data["left_out"]; left != nil {
					text += fmt.Sprint(" left_out=", left)
				}
				got = append(got, text)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("it says %q, want %q", got, want)
			}
			said.Reset()
		}
		for _, mode := range []config.TLSMode{config.TLSOff, config.TLSRequire} {
			in(mode)
			plain.note("192.0.2.1:7", false)
		}
		in(config.TLSAccept)
		plain.note("192.0.2.1:7", true)
		lines()
		plain.note("192.0.2.1:7", false)
		plain.note("192.0.2.1:8", false)
		plain.note("[2001:db8::1]:8", false)
		lines("client 192.0.2.1 speaks plain text", "client 2001:db8::/64 speaks plain text")
		time.Sleep(plainAgain - 1)
		plain.note("192.0.2.1:9", false)
		lines()
		time.Sleep(time.Nanosecond)
		plain.note("192.0.2.1:9", false)
		lines("client 192.0.2.1 speaks plain text")
		for i := range maxPlain + 9 {
			plain.note(fmt.Sprintf("198.51.%d.%d:7", i/256, i%256), false)
		}
		if got := len(said.AllEntries()); got != maxPlain-1 {
			t.Errorf("%d lines, want %d", got, maxPlain-1)
		}
		said.Reset()
		time.Sleep(plainAgain)
		plain.note("192.0.2.1:9", false)
		lines("client 192.0.2.1 speaks plain text left_out=10")
	})
}
